/** Writes the types of the API whose document is at the URL that is given, next to this file. */
import { writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const BLOB = ts.factory.createTypeReferenceNode(ts.factory.createIdentifier("Blob"));

const nodes = await openapiTS(new URL("/openapi.json", process.argv[2]), {
  // The generator's own setting for files, which are strings to it otherwise.
  transform: ({ format }) => (format === "binary" ? BLOB : undefined),
});
writeFileSync(new URL("api.d.ts", import.meta.url), astToString(nodes));
