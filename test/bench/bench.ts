/**
 * What this project does beside an anchor in the same run, as ratios.
 * Usage: npm run bench -- [--data FOLDER] [--only codec,json,http,logins,holter,memory,insights,viewer,load,profile,start,allocations]
 */
import { parseArgs } from "node:util";
import { benchAllocations } from "./allocations.ts";
import { benchCodec } from "./codec.ts";
import { benchHolter } from "./holter.ts";
import { benchHttp } from "./http.ts";
import { benchInsights } from "./insights.ts";
import { benchJson } from "./json.ts";
import { benchLoad } from "./load.ts";
import { benchLogins } from "./logins.ts";
import { printTable } from "./measure.ts";
import { benchMemory } from "./memory.ts";
import { benchProfile } from "./profile.ts";
import { benchStart } from "./start.ts";
import { benchViewer } from "./viewer.ts";

const { values } = parseArgs({ options: { data: { type: "string" }, only: { type: "string" } } });
const sections = {
  codec: () => benchCodec(values.data),
  json: () => benchJson(),
  http: () => benchHttp(),
  logins: () => benchLogins(),
  holter: () => benchHolter(),
  memory: () => benchMemory(),
  insights: () => benchInsights(),
  viewer: () => benchViewer(),
  load: () => benchLoad(),
  profile: () => benchProfile(),
  start: () => benchStart(),
  allocations: () => benchAllocations(),
};
const wanted = values.only?.split(",") ?? Object.keys(sections);
for (const [name, bench] of Object.entries(sections)) {
  if (wanted.includes(name)) printTable(name, await bench());
}
