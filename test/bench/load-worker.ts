/** The Worker, on a storage of which one call in a hundred fails for requests that ask for it: half of them before anything is done. */
import worker from "../../src/index.ts";
import { newFailingStorage } from "../support/failing-storage.ts";

const ONE_IN = 100;
/** The header of a request whose storage may fail. */
const FAULTS = "X-Faults";

type Bindings = Parameters<typeof worker.fetch>[1];

export default {
  fetch(request: Request, bindings: Bindings, context: ExecutionContext) {
    // The limits of a user are left out: nobody else sends as much as a benchmark.
    const unlimited = { READ_RATE: undefined, WRITE_RATE: undefined };
    if (!request.headers.has(FAULTS)) return worker.fetch(request, { ...bindings, ...unlimited } as Bindings, context);
    const fails = () => (Math.random() * ONE_IN < 1 ? (Math.random() < 0.5 ? "before" : "after") : undefined);
    const { bindings: failing } = newFailingStorage(fails);
    return worker.fetch(request, { ...failing, ...unlimited } as unknown as Bindings, context);
  },
  queue: worker.queue,
};
