import swaggerUi, { type FastifySwaggerUiOptions } from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";
import { responseNames } from "./open-api-components.ts";
import { makeProblem } from "./problem.ts";
import { problemKinds, publicCodes } from "./problem-codes.ts";

/** The page runs its own scripts, asks its own server and nobody else. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The renderer's own greys are too light to be read, and its bar leads to other documents, of which there are none. */
const style = `
:root { color-scheme: light; --ink: #1c2733; --soft: #465465; --line: #d5dde6; --accent: #0b5f7d }
body { margin: 0; background: #fff; color: var(--ink) }
.swagger-ui { font-family: sans-serif; color: var(--ink) }
.swagger-ui .topbar { display: none }
.swagger-ui .wrapper { max-width: 72rem; padding: 0 1rem }
.swagger-ui .info { margin: 2rem 0 1rem }
.swagger-ui .info .title { color: var(--ink) }
.swagger-ui .info .title small { background: var(--soft) }
.swagger-ui .info .title small.version-stamp { background: var(--accent) }
.swagger-ui .response-col_links { display: none !important } /* of which there are none */
.swagger-ui .servers-title, .swagger-ui .servers { display: none } /* there is one: whoever served the page */
.swagger-ui .scheme-container { box-shadow: none; border-bottom: 1px solid var(--line); padding: 1rem 0; margin: 0 }
.swagger-ui .opblock-tag small, .swagger-ui .opblock .opblock-summary-description,
.swagger-ui .parameter__type, .swagger-ui .parameter__in,
.swagger-ui .prop-format, .swagger-ui .parameter__extension, .swagger-ui section.models h4, .swagger-ui .model-title { color: var(--soft) }
.swagger-ui .opblock .opblock-summary-method { background: var(--accent) !important; text-shadow: none }
.swagger-ui .opblock .tab-header .tab-item.active h4 span::after { background: var(--accent) !important }
.swagger-ui .opblock { box-shadow: none; border-color: var(--line) !important; background: #f7f9fb !important }
.swagger-ui .opblock .opblock-summary { border-color: var(--line) !important }
.swagger-ui .opblock.opblock-deprecated { opacity: 1 }
.swagger-ui .opblock.opblock-delete .opblock-summary-method { background: #a3262a !important }
.swagger-ui .opblock.opblock-get .opblock-summary-method { background: #3b5b78 !important }
.swagger-ui .btn.authorize { color: var(--accent); border-color: var(--accent) }
.swagger-ui .btn.authorize svg { fill: var(--accent) }
.swagger-ui .microlight span[style*="211, 99, 99"] { color: #ff9d9d !important }
.swagger-ui .download-contents { background: var(--soft) }
.swagger-ui .btn.execute { background: var(--accent); border-color: var(--accent) }
.swagger-ui .json-schema-2020-12-expand-deep-button, .swagger-ui .json-schema-2020-12-keyword__name,
.swagger-ui .json-schema-2020-12__attribute--muted,
.swagger-ui .json-schema-2020-12-keyword--description p { color: var(--soft) }
.swagger-ui .json-schema-2020-12-keyword--format, .swagger-ui .json-schema-2020-12__constraint { background: var(--soft) }
.swagger-ui .content-type { border-color: var(--line) !important }
.swagger-ui .response-control-media-type__accept-message { color: var(--soft) }
.swagger-ui .btn.cancel { color: #a3262a; border-color: #a3262a }
.swagger-ui .parameter__name.required::after { color: #a3262a }
.swagger-ui a, .swagger-ui .info a { color: var(--accent) }
@media (max-width: 600px) {
  .swagger-ui .opblock .opblock-summary { flex-wrap: wrap }
  .swagger-ui .opblock .opblock-summary-path { max-width: calc(100% - 7rem); font-size: 14px }
  .swagger-ui .opblock .opblock-summary-description { flex-basis: 100%; padding: 0.25rem 0 0 }
  .swagger-ui table.parameters, .swagger-ui table.parameters tbody, .swagger-ui table.parameters tr,
  .swagger-ui table.parameters td, .swagger-ui .responses-table, .swagger-ui .responses-table tbody,
  .swagger-ui .responses-table tr, .swagger-ui .responses-table td { display: block; width: auto }
  .swagger-ui table.parameters thead, .swagger-ui .responses-table thead { display: none }
  .swagger-ui .opblock-summary-path-description-wrapper { padding-top: 0.25rem }
  .swagger-ui .filter .operation-filter-input { width: 100%; box-sizing: border-box }
  .swagger-ui .opblock-tag { position: relative; flex-wrap: wrap; font-size: 20px; padding-right: 3rem }
  .swagger-ui .opblock-tag > button { position: absolute; right: 0.5rem; top: 0.75rem }
  .swagger-ui .opblock-tag small { flex-basis: 100%; padding: 0 }
}`;

/**
 * What the renderer leaves out for those who do not see the page: landmarks, headings without a gap, names of fields. A link
 * within a button is one control to a mouse and two to a screen reader; the button sets the address by itself.
 */
const script = `
const names = {
  ".information-container": ["region", "About"],
  ".scheme-container": ["region", "Authorization"],
  ".filter-container": ["search", "Operations"],
  ".close-modal": ["button", "Close"],
  "textarea.body-param__text": ["textbox", "Body"],
};
function mend() {
  const page = document.getElementById("swagger-ui");
  for (const [selector, [role, name]] of Object.entries(names))
    for (const found of page.querySelectorAll(selector)) {
      found.setAttribute("role", role);
      found.setAttribute("aria-label", name);
    }
  for (const heading of page.querySelectorAll("h3, h4, h5"))
    heading.setAttribute("aria-level", String(heading.tagName[1] - 1));
  for (const field of page.querySelectorAll("tr[data-param-name] select"))
    field.setAttribute("aria-label", field.closest("tr").dataset.paramName);
  for (const table of page.querySelectorAll("table[role=region]")) table.setAttribute("role", "table");
  for (const text of page.querySelectorAll("pre")) text.tabIndex = 0;
  for (const link of page.querySelectorAll("button a[href]")) link.removeAttribute("href");
}
new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });
mend();
`;

interface OpenApiDocument {
  readonly components?: { readonly responses?: Readonly<Record<string, object>> };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}
interface Operation {
  readonly description?: string;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}

/** An answer of each status as it may come, so that 404 is not shown by an example of 422. */
const refusalExamples = Object.fromEntries(
  Object.entries(responseNames).map(([status, name]) => {
    const code = publicCodes.find((one) => String(problemKinds[one].status) === status)!;
    const example = makeProblem(code, `${problemKinds[code].title}.`, "5f1c2c3e-7f0a-4a53-9a55-0b3f6f6f7d11");
    return [
      name,
      { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" }, example } },
    ];
  }),
);

/**
 * The document with the scope of each operation in words, an example of each refusal, and requests that go to whoever served the
 * page, below any path.
 */
function forPeople(document: OpenApiDocument): OpenApiDocument & { readonly servers: readonly object[] } {
  const worded = (operation: Operation): Operation => {
    const scopes = operation.security?.flatMap((way) => Object.values(way).flat()) ?? [];
    const needs = scopes.map((scope) => `\`${scope}\``).join(" or ");
    const description = [operation.description, needs && `Scope: ${needs}.`].filter(Boolean).join("\n\n");
    return { ...operation, description };
  };
  const each = <T, U>(things: Readonly<Record<string, T>>, change: (thing: T) => U): Record<string, U> =>
    Object.fromEntries(Object.entries(things).map(([name, thing]) => [name, change(thing)]));
  const responses = Object.entries(document.components?.responses ?? {}).map(([name, response]) => [
    name,
    { ...response, content: refusalExamples[name] },
  ]);
  return {
    ...document,
    components: {
      ...document.components,
      responses: Object.fromEntries(responses) as Record<string, object>,
    },
    servers: [{ url: "../", description: "this engine" }],
    paths: each(document.paths, (methods) => each(methods, worded)),
  };
}

const asWideAsTheScreen = '<meta name="viewport" content="width=device-width, initial-scale=1">';

const options: FastifySwaggerUiOptions = {
  routePrefix: "/docs",
  staticCSP: contentSecurityPolicy,
  theme: {
    title: "Spillway API",
    css: [{ filename: "spillway.css", content: style }],
    js: [{ filename: "spillway.js", content: script }],
  },
  transformSpecification: (document) => forPeople(document as OpenApiDocument) as typeof document,
  uiConfig: {
    deepLinking: true,
    displayOperationId: false,
    docExpansion: "none",
    filter: true,
    tryItOutEnabled: true,
    persistAuthorization: false,
    defaultModelsExpandDepth: 0,
    defaultModelRendering: "example",
    showCommonExtensions: true,
  },
};

/**
 * The reference at /docs: search, examples, one's own key, and requests to the engine that serves it. An operation's place is its
 * anchor: /docs#/orders/createOrder.
 */
export async function addDocs(app: FastifyInstance): Promise<void> {
  await app.register(async (docs) => {
    docs.addHook("onSend", async (_request, reply, payload) =>
      String(reply.getHeader("content-type")).startsWith("text/html")
        ? String(payload).replace("<head>", `<head>${asWideAsTheScreen}`)
        : payload,
    );
    await docs.register(swaggerUi, options);
  });
}
