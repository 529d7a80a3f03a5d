/** `npm run -s example`: prints an ECG in the JSON that `POST /ecg` takes. */
import { syntheticEcg, toEcgJson } from "./synthetic-ecg.ts";

const ecg = {
  ...syntheticEcg(),
  recordedAt: Date.parse("2026-01-31T09:30:00Z"),
  subject: "P-0042",
  device: "CardioPatch 3",
};
process.stdout.write(`${JSON.stringify(toEcgJson(ecg))}\n`);
