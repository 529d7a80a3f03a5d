import { useRef } from "hono/jsx/dom";
import { send } from "./uploads.ts";

/** Chooses files, and sends them. */
export function SendButton() {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class="main" onClick={() => input.current?.click()}>
        Send
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files to send"
        onChange={(event: Event) => {
          const chosen = event.currentTarget as HTMLInputElement;
          void send(chosen.files ?? []);
          // The same file may be chosen again.
          chosen.value = "";
        }}
      />
    </>
  );
}
