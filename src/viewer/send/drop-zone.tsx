import { useLayoutEffect, useState } from "hono/jsx/dom";

/** The whole window takes files that are dropped on it, and says what for while they are over it. */
export function DropZone({ says, onDrop }: { says: string; onDrop: (files: readonly File[]) => void }) {
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
      onDrop([...(event.dataTransfer?.files ?? [])]);
    });
    return () => ending.abort();
  }, []);
  return isOver ? <div class="drop-zone">{says}</div> : null;
}
