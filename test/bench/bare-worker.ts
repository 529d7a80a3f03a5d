/** The anchor of the HTTP benchmark: a Worker that only reads a body, or only answers as many bytes as it is asked for. */
let answer = new Uint8Array(0);

export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method === "POST") {
      const { byteLength } = await request.arrayBuffer();
      return new Response(String(byteLength), { status: 201 });
    }
    const bytes = Number(new URL(request.url).searchParams.get("bytes"));
    if (answer.length !== bytes) answer = new Uint8Array(bytes).fill(0x30);
    return new Response(answer, { headers: { "Content-Type": "application/json" } });
  },
};
