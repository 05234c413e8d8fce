interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

type Content = Readonly<Record<string, { readonly schema?: JsonSchema }>>;

interface OpenApiOperation {
  readonly summary?: string;
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly tags?: readonly string[];
  readonly security?: readonly Record<string, readonly string[]>[];
  readonly parameters?: readonly {
    name: string;
    in: string;
    required?: boolean;
    description?: string;
    schema?: JsonSchema;
  }[];
  readonly requestBody?: { readonly content?: Content };
  readonly responses?: Record<string, { description?: string; content?: Content }>;
}

export interface OpenApiDocument {
  readonly info: { readonly title: string; readonly description?: string };
  readonly paths?: Record<string, Record<string, OpenApiOperation>>;
  readonly components?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escape = (text: string): string => text.replace(/[&<>"]/g, (character) => escapes[character] ?? "");

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
code,pre{font:14px/1.45 ui-monospace,monospace}pre{background:#f4f4f4;padding:.75rem;overflow:auto}
h2{margin:2rem 0 .25rem;font-size:1.25rem}h4{margin:.75rem 0 .25rem}p{margin:.25rem 0 .5rem}
details{border-top:1px solid #ccc;padding:.5rem 0}summary{cursor:pointer}
summary b{display:inline-block;min-width:4.5rem;font-size:14px}summary code{display:inline-block;min-width:17rem}
table{border-collapse:collapse;width:100%}td{padding:.2rem 1rem .2rem 0;vertical-align:top;border-top:1px solid #eee}
td:first-child{white-space:nowrap}em{color:#a33;font-style:normal;font-size:13px}small{color:#666}`;

/** The document with every name replaced by what it names: a page is read from top to bottom. None of ours holds itself. */
function spelledOut(value: unknown, components: OpenApiDocument["components"]): unknown {
  if (Array.isArray(value)) return value.map((child) => spelledOut(child, components));
  if (typeof value !== "object" || value === null) return value;
  const { $ref, ...own } = value as Record<string, unknown>;
  const [, kind = "", name = ""] = /^#\/components\/(\w+)\/(\w+)$/.exec(String($ref)) ?? [];
  const entries = Object.entries({ ...(components?.[kind]?.[name] as object | undefined), ...own });
  return Object.fromEntries(entries.map(([key, child]) => [key, spelledOut(child, components)]));
}

function typeOf(schema: JsonSchema): string {
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" or ");
  if (schema.enum) return schema.enum.map(String).join(" | ");
  if (schema.items) return `list of ${typeOf(schema.items)}`;
  const name = schema.format ?? [schema.type ?? "any"].flat().join(" or ");
  const { minimum, maximum } = schema;
  const from = minimum === undefined ? "" : ` from ${minimum}`;
  return `${name}${from}${maximum === undefined ? "" : ` to ${maximum}`}`;
}

function row(name: string, schema: JsonSchema, place: { required: boolean; note?: string }): string {
  const words = [
    schema.description ?? schema.anyOf?.find((one) => one.description)?.description ?? "",
    schema.default === undefined ? "" : `Default ${JSON.stringify(schema.default)}.`,
  ];
  const required = place.required ? " <em>required</em>" : "";
  return `<tr><td><code>${escape(name)}</code>${required}</td><td><small>${escape(typeOf(schema))}${place.note ?? ""}</small></td>
<td>${escape(words.filter(Boolean).join(" "))}</td></tr>`;
}

/** Every field with its path, such as `splits[].payee_id`. A reader wants fields; the machine has openapi.json. */
function fieldRows(schema: JsonSchema, path: string, asks: boolean): string[] {
  const inner = [schema, ...(schema.anyOf ?? [])].find((one) => one.properties ?? one.items) ?? schema;
  if (inner.items) return fieldRows(inner.items, `${path}[]`, asks);
  return Object.entries(inner.properties ?? {}).flatMap(([name, field]) => {
    const at = path === "" ? name : `${path}.${name}`;
    const required = asks && (inner.required?.includes(name) ?? false);
    return [row(at, field, { required }), ...fieldRows(field, at, asks)];
  });
}

function fieldTable(content: Content | undefined, asks: boolean): string {
  return Object.values(content ?? {})
    .map(({ schema }) => fieldRows(schema ?? {}, "", asks))
    .filter((rows) => rows.length > 0)
    .map((rows) => `<table>${rows.join("")}</table>`)
    .join("");
}

function operationBlock(method: string, path: string, operation: OpenApiOperation): string {
  const scope = operation.security?.flatMap((way) => Object.values(way).flat()).join(", ");
  const parameters = (operation.parameters ?? []).map(({ name, in: place, required, description, schema }) =>
    row(name, { ...schema, description }, { required: required ?? false, note: `, in ${place}` }),
  );
  // The shape of a problem is the same everywhere; only what it can say differs.
  const responses = Object.entries(operation.responses ?? {}).map(
    ([status, { description, content }]) =>
      `<p><code>${status}</code> ${escape(description ?? "")}</p>${status.startsWith("2") ? fieldTable(content, false) : ""}`,
  );
  return `<details><summary><b>${method.toUpperCase()}</b> <code>${escape(path)}</code> ${escape(operation.summary ?? "")}${operation.deprecated ? " <em>deprecated</em>" : ""}</summary>
${operation.description ? `<p>${escape(operation.description)}</p>` : ""}${scope ? `<p>Scope: <code>${escape(scope)}</code></p>` : ""}
${parameters.length > 0 ? `<h4>Parameters</h4><table>${parameters.join("")}</table>` : ""}
${operation.requestBody ? `<h4>Body</h4>${fieldTable(operation.requestBody.content, true)}` : ""}<h4>Answers</h4>${responses.join("")}</details>`;
}

/** Operations under a heading for what they are about, what the outside world sends us last. */
function sections(paths: OpenApiDocument["paths"]): string[] {
  const byTag = new Map<string, string[]>();
  for (const [path, methods] of Object.entries(paths ?? {}))
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? "other";
      byTag.set(tag, [...(byTag.get(tag) ?? []), operationBlock(method, path, operation)]);
    }
  const ordered = [...byTag].toSorted(([a], [b]) => Number(a === "webhooks") - Number(b === "webhooks"));
  return ordered.map(([tag, operations]) => {
    const words = tag.replaceAll("-", " ");
    return `<h2>${escape(words.charAt(0).toUpperCase() + words.slice(1))}</h2>\n${operations.join("\n")}`;
  });
}

/** The API as one page that loads nothing else and runs no script. */
export function renderDocs({ info, paths: named, components }: OpenApiDocument): string {
  const paths = spelledOut(named, components) as OpenApiDocument["paths"];
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(info.title)} API</title><style>${style}</style></head><body><h1>${escape(info.title)} API</h1>
<p>${escape(info.description ?? "")}</p><p>The same for machines: <a href="/openapi.json">/openapi.json</a>. Every request below <code>/v1</code> carries an API key:</p>
<pre>curl -H "Authorization: Bearer spw_…" 127.0.0.1:8080/v1/payouts</pre>
${sections(paths).join("\n")}</body></html>`;
}
