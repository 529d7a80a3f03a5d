/** A Worker's inspector (https://chromedevtools.github.io/devtools-protocol/v8/). */
export type Inspector = {
  /** Calls a method, and waits for its result. */
  send: <Result>(method: string, params?: object) => Promise<Result>;
  close: () => void;
};

/**
 * Connects to the inspector of a local runtime.
 *
 * @param port of the inspector, undefined of a runtime that has none
 */
export async function connectInspector(port: number | undefined): Promise<Inspector> {
  const targets = (await (await fetch(`http://localhost:${port}/json`)).json()) as { webSocketDebuggerUrl: string }[];
  const socket = newSocket(targets[0].webSocketDebuggerUrl);
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", () => reject(new Error("the inspector does not answer")));
  });
  const waiting = new Map<number, (result: unknown) => void>();
  socket.addEventListener("message", ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
    if (id === undefined) return;
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  let lastId = 0;
  return {
    send: (method, params) =>
      new Promise((resolve) => {
        waiting.set(++lastId, resolve as (result: unknown) => void);
        socket.send(JSON.stringify({ id: lastId, method, params }));
      }),
    close: () => socket.close(),
  };
}

/** Node's WebSocket takes headers, and wrangler's inspector wants to know an origin. */
function newSocket(url: string): WebSocket {
  const init = { headers: { Origin: "http://localhost" } };
  return new (WebSocket as unknown as new (url: string, init: object) => WebSocket)(url, init);
}
