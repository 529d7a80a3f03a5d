/** What a reader shows of what was measured: loaded when the paper is there. */
export { Drawer, type Tab } from "./drawer.tsx";
export { EcgInsights } from "./ecg-insights.ts";
export { Place } from "./events.tsx";
export { Numbers } from "./numbers.tsx";
export { RrStrip } from "./rhythm.tsx";
