/**
 * Scores weights that `train_waves.py` has written, by the code of the analysis, as `npm run bench:analysis` scores those in use.
 *
 *     node src/analysis/training/score-waves.ts --ludb FOLDER --weights FILE [--records 61-100]
 *     node src/analysis/training/score-waves.ts --ludb FOLDER --folds FOLDER [--records 1-60]
 *
 * With folds, each record is scored by the weights that were trained without it.
 */
import { registerHooks } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { joinLudbScores, printLudbScores, readLudb } from "../../../test/bench/ludb.ts";

/** As many as train_waves.py makes: a record's is the remainder of its number. */
const FOLDS = 5;
const QUERY = "?weights=";

/** A module whose address has a file of weights in its query, and all that it imports, are loaded anew with those weights. */
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const at = context.parentURL?.indexOf(QUERY) ?? -1;
    if (at < 0 || !resolved.url.endsWith(".ts")) return resolved;
    const query = context.parentURL?.slice(at) ?? "";
    const isWeights = resolved.url.endsWith("/wave-weights.ts");
    return { ...resolved, url: isWeights ? decodeURIComponent(query.slice(QUERY.length)) : resolved.url + query };
  },
});

type Bench = typeof import("../../../test/bench/ludb.ts");

async function benchWith(weights: string): Promise<Bench> {
  const url = encodeURIComponent(pathToFileURL(resolve(weights)).href);
  return import(`../../../test/bench/ludb.ts${QUERY}${url}`);
}

const { values } = parseArgs({
  options: {
    ludb: { type: "string", default: "" },
    weights: { type: "string" },
    folds: { type: "string" },
    records: { type: "string" },
  },
});
const { ludb, weights, folds = "" } = values;
const records = await readLudb(ludb, values.records);
if (weights) printLudbScores(await (await benchWith(weights)).scoreLudb(records));
else {
  const scores = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const { scoreLudb } = await benchWith(join(folds, `fold-${fold}.ts`));
    scores.push(await scoreLudb(records.filter(({ name }) => Number(name) % FOLDS === fold)));
  }
  printLudbScores(joinLudbScores(scores));
}
