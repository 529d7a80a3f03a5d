import { useLayoutEffect, useState } from "hono/jsx/dom";
import { send } from "./uploads.ts";

/** The whole window takes files that are dropped on it, and says so while they are over it. */
export function DropZone() {
  const [isOver, setOver] = useState(false);
  useLayoutEffect(() => {
    let depth = 0;
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const ending = new AbortController();
    const listen = (name: "dragenter" | "dragover" | "dragleave" | "drop", handle: (event: DragEvent) => void) =>
      addEventListener(name, (event) => hasFiles(event) && handle(event), { signal: ending.signal });
    listen("dragenter", () => setOver(++depth > 0));
    listen("dragleave", () => setOver(--depth > 0));
    listen("dragover", (event) => event.preventDefault());
    listen("drop", (event) => {
      event.preventDefault();
      depth = 0;
      setOver(false);
      void send(event.dataTransfer?.files ?? []);
    });
    return () => ending.abort();
  }, []);
  return isOver ? <div class="drop-zone">Drop to send</div> : null;
}
