/** The Worker with two routes more, the anchors of the HTTP benchmark: they only read a body, or answer as many bytes. */
import { app } from "../../src/http/app.ts";

let answer = new Uint8Array(0);

app.post("/bare", async (c) => c.text(String((await c.req.arrayBuffer()).byteLength), 201));
app.get("/bare", (c) => {
  const bytes = Number(c.req.query("bytes"));
  if (answer.length !== bytes) answer = new Uint8Array(bytes).fill(0x30);
  return c.body(answer, 200, { "Content-Type": "application/json" });
});

export default { fetch: app.fetch };
