interface OpenApiOperation {
  readonly summary?: string;
  readonly description?: string;
  readonly security?: readonly Record<string, readonly string[]>[];
  readonly parameters?: readonly { name: string; in: string; required?: boolean; description?: string }[];
  readonly requestBody?: { readonly content?: Record<string, { schema?: unknown }> };
  readonly responses?: Record<
    string,
    { description?: string; content?: Record<string, { schema?: unknown }> }
  >;
}

export interface OpenApiDocument {
  readonly info: { readonly title: string; readonly description?: string };
  readonly paths?: Record<string, Record<string, OpenApiOperation>>;
}

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escape = (text: string): string => text.replace(/[&<>"]/g, (character) => escapes[character] ?? "");

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
code,pre{font:14px/1.45 ui-monospace,monospace}pre{background:#f4f4f4;padding:.75rem;overflow:auto}
details{border-top:1px solid #ccc;padding:.5rem 0}summary{cursor:pointer}b{display:inline-block;min-width:4.5rem}
table{border-collapse:collapse}td{padding:.2rem 1rem .2rem 0;vertical-align:top}`;

const schemaBlock = (content: Record<string, { schema?: unknown }> | undefined): string =>
  Object.values(content ?? {})
    .map(({ schema }) => `<pre>${escape(JSON.stringify(schema, null, 2) ?? "")}</pre>`)
    .join("");

function operationBlock(method: string, path: string, operation: OpenApiOperation): string {
  const scope = operation.security?.flatMap((way) => Object.values(way).flat()).join(", ");
  const parameters = (operation.parameters ?? []).map(
    ({ name, in: place, required, description }) =>
      `<tr><td><code>${escape(name)}</code></td><td>${place}${required ? ", required" : ""}</td><td>${escape(description ?? "")}</td></tr>`,
  );
  // The shape of a problem is the same everywhere; only what it can say differs.
  const responses = Object.entries(operation.responses ?? {}).map(
    ([status, { description, content }]) =>
      `<p><code>${status}</code> ${escape(description ?? "")}</p>${status.startsWith("2") ? schemaBlock(content) : ""}`,
  );
  return `<details><summary><b>${method.toUpperCase()}</b> <code>${escape(path)}</code> ${escape(operation.summary ?? "")}</summary>
${operation.description ? `<p>${escape(operation.description)}</p>` : ""}${scope ? `<p>Scope: <code>${escape(scope)}</code></p>` : ""}
${parameters.length > 0 ? `<table>${parameters.join("")}</table>` : ""}
${operation.requestBody ? `<h4>Body</h4>${schemaBlock(operation.requestBody.content)}` : ""}<h4>Answers</h4>${responses.join("")}</details>`;
}

/** The API as one page that loads nothing else and runs no script. */
export function renderDocs({ info, paths }: OpenApiDocument): string {
  const operations = Object.entries(paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => operationBlock(method, path, operation)),
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(info.title)} API</title><style>${style}</style></head><body><h1>${escape(info.title)} API</h1>
<p>${escape(info.description ?? "")}</p><p>The same for machines: <a href="/openapi.json">/openapi.json</a></p>
${operations.join("\n")}</body></html>`;
}
