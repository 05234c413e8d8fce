// Writes client/schema.d.ts: the API's types as openapi.json says them, for whoever calls it from TypeScript.
import { readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString, type OpenAPI3 } from "openapi-typescript";
import { format } from "prettier";
import { isMain } from "./is-main.ts";

const head = "// Written by scripts/generate-client.ts from openapi.json; changed nowhere else.\n\n";

/** The text of client/schema.d.ts. */
export async function renderClient(): Promise<string> {
  const document = JSON.parse(readFileSync(new URL("../openapi.json", import.meta.url), "utf8")) as OpenAPI3;
  // What has a default may be left out of a request.
  const types = await openapiTS(document, { defaultNonNullable: false });
  return format(head + astToString(types), { parser: "typescript", printWidth: 110 });
}

if (isMain(import.meta.url))
  writeFileSync(new URL("../client/schema.d.ts", import.meta.url), await renderClient());
