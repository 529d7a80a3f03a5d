import { api } from "../api.ts";
import { labelOf } from "../filters/filter-label.ts";
import { readInsights } from "../insights/read-insights.ts";
import type { Measuring } from "../measure/measuring.ts";
import { Observable } from "../page/observable.ts";
import type { Reading } from "../reader/reading.ts";
import { explainError, isAbort } from "../refusal.ts";
import { writeCalipers } from "./calipers-csv.ts";
import { writeMeasures } from "./measures-csv.ts";
import { type OutFormat, PAPERS, sheetQueryOf } from "./out-formats.ts";
import { takePicture } from "./picture.ts";
import { saveAnswer, saveBlob } from "./save.ts";

/** What of an ECG is exported: the time and the leads that are seen, or all. */
export type Scope = { isWindow: boolean; isShownLeads: boolean };

/** What is under way, and what came of it. */
export type Progress =
  | { is: "idle" }
  | { is: "saving"; what: string; bytes: number }
  | { is: "saved"; what: string }
  | { is: "failed"; what: string; why: string };

/** More samples of all leads together are not kept in memory where the browser can put them on the disk. */
const LONG_SAMPLES = 2 ** 22;

/** What is exported of an ECG, one file at a time. */
export class Exporting {
  readonly progress = new Observable<Progress>({ is: "idle" });
  private readonly reading: Reading;
  private readonly measuring: Measuring;
  private ending = new AbortController();

  constructor(measuring: Measuring) {
    this.measuring = measuring;
    this.reading = measuring.reading;
  }

  saveFormat(format: OutFormat, scope: Scope): Promise<void> {
    const { reading } = this;
    const { ecg } = reading;
    const { value: view } = reading.view;
    const layout = reading.scene.value?.layout;
    const { frame } = reading;
    const isPaper = PAPERS.includes(format);
    const query = {
      ...format.query,
      ...(isPaper && layout && { ...sheetQueryOf(layout.layout, view, ecg.leads), timezone: zoneOfReader() }),
      ...(scope.isShownLeads && layout && { leads: [...new Set(layout.sheet.strips.map(({ lead }) => lead.name))] }),
      ...(scope.isWindow && frame && { start: String(frame.time), end: String(endOf(frame)) }),
    } as const;
    const share = scope.isWindow && frame && frame.duration > 0 ? frame.seconds / frame.duration : 1;
    const isLong = share * ecg.leads.reduce((sum, { n_samples }) => sum + n_samples, 0) > LONG_SAMPLES;
    return this.run(format.name, (signal, onProgress) =>
      saveAnswer(() => api.ecg[":id"].$get({ param: { id: ecg.id }, query, header: {} }, { init: { signal } }), {
        name: `${nameOf(ecg.id)}${format.extension}`,
        isLong,
        onProgress,
      }),
    );
  }

  savePicture(): Promise<void> {
    const { reading } = this;
    return this.run("PNG", async () => {
      const { value: scene } = reading.scene;
      if (!scene) return;
      saveBlob(await takePicture(reading.ecg, scene, reading.overlays.value), `${nameOf(reading.ecg.id)}.png`);
    });
  }

  /** Saves what was measured in the whole ECG. */
  saveMeasures(): Promise<void> {
    const { id } = this.reading.ecg;
    return this.run("Measurements", async (signal) => {
      const csv = writeMeasures(await readInsights(id, {}, signal));
      saveBlob(new Blob([csv], { type: "text/csv" }), `${nameOf(id)}-measures.csv`);
    });
  }

  /** Saves what somebody measured by calipers. */
  saveCalipers(): Promise<void> {
    const { reading, measuring } = this;
    return this.run("Calipers", async () => {
      const { value: scene } = reading.scene;
      if (!scene) return;
      const csv = writeCalipers(measuring.measureAll(scene), scene.layout.isTimed, labelOf(scene));
      saveBlob(new Blob([csv], { type: "text/csv" }), `${nameOf(reading.ecg.id)}-calipers.csv`);
    });
  }

  /** Saves the beats as WFDB annotations, or what was measured as a report of FHIR. */
  saveInsights(format: "wfdb" | "fhir"): Promise<void> {
    const { id } = this.reading.ecg;
    const input = { param: { id }, query: { format }, header: {} };
    return this.run(format === "wfdb" ? "Beats" : "Report", (signal, onProgress) =>
      saveAnswer(() => api.ecg[":id"].insights.$get(input, { init: { signal } }), {
        name: `${nameOf(id)}.${format === "wfdb" ? "qrs" : "insights.fhir.json"}`,
        isLong: false,
        onProgress,
      }),
    );
  }

  /** Calls off what is under way. */
  cancel(): void {
    this.ending.abort();
  }

  private async run(
    what: string,
    save: (signal: AbortSignal, onProgress: (bytes: number) => void) => Promise<void>,
  ): Promise<void> {
    if (this.progress.value.is === "saving") return;
    this.ending = new AbortController();
    this.progress.set({ is: "saving", what, bytes: 0 });
    try {
      await save(this.ending.signal, (bytes) => this.progress.set({ is: "saving", what, bytes }));
      this.progress.set({ is: "saved", what });
    } catch (error) {
      this.progress.set(isAbort(error) ? { is: "idle" } : { is: "failed", what, why: explainError(error) });
    }
  }
}

/** The end of what is seen. */
function endOf({ time, seconds, duration }: { time: number; seconds: number; duration: number }): number {
  return Math.min(duration, time + seconds);
}

function nameOf(id: string): string {
  return `ecg-${id.slice(-6)}`;
}

function zoneOfReader(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
