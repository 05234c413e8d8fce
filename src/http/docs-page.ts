import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";

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
.swagger-ui { font-family: system-ui, sans-serif; color: var(--ink) }
.swagger-ui .topbar { display: none }
.swagger-ui .wrapper { max-width: 72rem; padding: 0 1rem }
.swagger-ui .info { margin: 2rem 0 1rem }
.swagger-ui .info .title { color: var(--ink) }
.swagger-ui .info .title small { background: var(--soft) }
.swagger-ui .info .title small.version-stamp { background: var(--accent) }
.swagger-ui .scheme-container { box-shadow: none; border-bottom: 1px solid var(--line); padding: 1rem 0; margin: 0 }
.swagger-ui .opblock-tag small, .swagger-ui .opblock .opblock-summary-description,
.swagger-ui .response-col_links, .swagger-ui .parameter__type, .swagger-ui .parameter__in,
.swagger-ui .prop-format, .swagger-ui section.models h4, .swagger-ui .model-title { color: var(--soft) }
.swagger-ui .opblock .opblock-summary-method { background: var(--accent) !important; text-shadow: none }
.swagger-ui .opblock .tab-header .tab-item.active h4 span::after { background: var(--accent) !important }
.swagger-ui .opblock { box-shadow: none; border-color: var(--line) !important; background: #f7f9fb !important }
.swagger-ui .opblock .opblock-summary { border-color: var(--line) !important }
.swagger-ui .opblock.opblock-deprecated { opacity: 1 }
.swagger-ui .opblock.opblock-delete .opblock-summary-method { background: #a3262a !important }
.swagger-ui .opblock.opblock-get .opblock-summary-method { background: #3b5b78 !important }
.swagger-ui .btn.authorize { color: var(--accent); border-color: var(--accent) }
.swagger-ui .btn.authorize svg { fill: var(--accent) }
.swagger-ui .btn.execute { background: var(--accent); border-color: var(--accent) }
.swagger-ui .json-schema-2020-12-expand-deep-button, .swagger-ui .json-schema-2020-12-keyword__name,
.swagger-ui .json-schema-2020-12__attribute--muted { color: var(--soft) }
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
  .swagger-ui table.parameters td { display: block; width: auto }
  .swagger-ui table.parameters thead { display: none }
  .swagger-ui .opblock-tag { flex-wrap: wrap; font-size: 20px }
  .swagger-ui .opblock-tag small { flex-basis: 100%; padding: 0 }
}`;

interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}
interface Operation {
  readonly description?: string;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}

/** The document with the scope of each operation in words, and requests that go to whoever served the page, below any path. */
function forPeople(document: OpenApiDocument): OpenApiDocument & { readonly servers: readonly object[] } {
  const worded = (operation: Operation): Operation => {
    const scopes = operation.security?.flatMap((way) => Object.values(way).flat()) ?? [];
    const needs = scopes.map((scope) => `\`${scope}\``).join(" or ");
    const description = [operation.description, needs && `Scope: ${needs}.`].filter(Boolean).join("\n\n");
    return { ...operation, description };
  };
  const each = <T, U>(things: Readonly<Record<string, T>>, change: (thing: T) => U): Record<string, U> =>
    Object.fromEntries(Object.entries(things).map(([name, thing]) => [name, change(thing)]));
  return {
    ...document,
    servers: [{ url: "../", description: "this engine" }],
    paths: each(document.paths, (methods) => each(methods, worded)),
  };
}

/**
 * The reference at /docs: search, examples, one's own key, and requests to the engine that serves it. An operation's place is its
 * anchor: /docs#/orders/createOrder.
 */
export async function addDocs(app: FastifyInstance): Promise<void> {
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    staticCSP: contentSecurityPolicy,
    theme: { title: "Spillway API", css: [{ filename: "spillway.css", content: style }] },
    transformSpecification: (document) => forPeople(document as OpenApiDocument) as typeof document,
    uiConfig: {
      deepLinking: true,
      displayOperationId: false,
      docExpansion: "none",
      filter: true,
      tryItOutEnabled: true,
      persistAuthorization: false,
      defaultModelsExpandDepth: 0,
      defaultModelRendering: "model",
      showCommonExtensions: true,
    },
  });
}
