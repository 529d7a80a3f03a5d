import { gunzipSync } from "node:zlib";
import { expect, it, vi } from "vitest";

vi.mock("../../src/viewer/session/session.ts", () => ({ requireToken: async () => "" }));
const { packFiles } = await import("../../src/viewer/send/upload.ts");

const TEXT = "0.5,0.25\n".repeat(50_000);

it("a large file is gzipped, in a form that is read as before", async () => {
  const packed = await packFiles([new File([TEXT], "rhythm.csv")]);
  if (!(packed instanceof Blob)) throw new Error("it was not gzipped");
  expect(packed.size).toBeLessThan(TEXT.length / 50);
  expect(packed.type).toMatch(/^multipart\/form-data; ?boundary=/);
  const body = gunzipSync(await packed.arrayBuffer());
  const form = await new Response(body, { headers: { "Content-Type": packed.type } }).formData();
  const file = form.get("file") as File;
  expect([file.name, await file.text()]).toEqual(["rhythm.csv", TEXT]);
});

it.each([
  { name: "a small file", file: new File(["1,2"], "a.csv") },
  { name: "what is packed already", file: new File([TEXT], "a.zip") },
])("$name is sent as it is", async ({ file }) => {
  expect(await packFiles([file])).toBeInstanceOf(FormData);
});
