import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { networks } from "../../chains/index.ts";
import type { Asset } from "../../money/index.ts";
import type { RouteContext } from "../route.ts";

/** A page for people without a key: whoever has its link may open it. Forms are posted to the page's own address. */
export interface Page {
  readonly path: `/${"join" | "refund"}/${string}`;
  open(request: PageRequest, context: PageContext): Promise<ShownPage>;
  /** "done": the page is opened again, and shows what was done. */
  submit(
    request: PageRequest & { readonly form: URLSearchParams },
    context: PageContext,
  ): Promise<ShownPage | "done">;
}

export type PageContext = Pick<RouteContext, "db" | "clock" | "log">;

interface PageRequest {
  readonly params: Readonly<Record<string, string>>;
}

export interface ShownPage {
  readonly status: number;
  readonly html: string;
}

const style = `
:root { color-scheme: light dark; --ink: #1c2733; --soft: #465465; --line: #d5dde6; --paper: #fff; --accent: #0b5f7d; --on: #fff; --wrong: #a3262a }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #a9b6c3; --line: #33414f; --paper: #131a21; --accent: #6cc3df; --on: #0b1820; --wrong: #ff9a94 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 30rem; margin: 0 auto; padding: 24px 16px 48px }
h1 { font-size: 22px; line-height: 1.25; margin: 0 0 8px }
p { margin: 0 0 16px; color: var(--soft) }
label { display: block; font-weight: 600; margin: 16px 0 4px }
small { display: block; color: var(--soft); margin-top: 4px }
input, select { width: 100%; font: inherit; color: inherit; background: transparent; border: 1px solid var(--soft); border-radius: 8px; padding: 10px 12px; min-height: 48px }
select option { color: #1c2733; background: #fff }
button { width: 100%; font: inherit; font-weight: 600; min-height: 48px; margin-top: 24px; border: 0; border-radius: 8px; background: var(--accent); color: var(--on) }
a { color: var(--accent) }
.wrong { color: var(--wrong); border-left: 3px solid var(--wrong); padding: 4px 0 4px 12px }
dl { margin: 0; border-top: 1px solid var(--line) }
dt { color: var(--soft); font-size: 14px; margin-top: 12px }
dd { margin: 0; overflow-wrap: anywhere }
.mono { font-family: ui-monospace, monospace; font-size: 15px }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
`;

/** Nothing is loaded, no script runs, and nobody may frame it. */
const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

const signs: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as it stands in HTML and in its attributes. */
export const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => signs[sign]!);

/** A chain as people call it. */
export const chainTitle = (chain: string): string =>
  networks.find(({ name }) => name === chain)?.title ??
  chain.replace(/(^|-)(\w)/g, (_, dash: string, letter: string) => `${dash && " "}${letter.toUpperCase()}`);

export const coinOn = ({ symbol, chain }: Asset): string => `${symbol} on ${chainTitle(chain)}`;

/** The first and last signs of an address: enough for who knows it. */
export const shortened = (address: string): string => `${address.slice(0, 6)}…${address.slice(-6)}`;

/** A whole page. @param body HTML */
export const pageOf = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>${escape(title)}</title><style>${style}</style></head><body><main>
<h1>${escape(title)}</h1>${body}</main></body></html>`;

const formLimitBytes = 8 * 1024;

/** Serves pages. Their links are secrets: no copy of a page is kept, and no other site is told where one came from. */
export function addPages(app: FastifyInstance, pages: readonly Page[], context: PageContext): void {
  const schema = { hide: true };
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string", bodyLimit: formLimitBytes },
    (_request, text, done) => done(null, new URLSearchParams(text as string)),
  );
  app.addHook("onRequest", async (_request, reply) => {
    reply
      .header("content-security-policy", contentSecurityPolicy)
      .header("referrer-policy", "no-referrer")
      .header("x-content-type-options", "nosniff")
      .header("cache-control", "no-store");
  });
  for (const page of pages) {
    app.get(page.path, { schema }, async (request, reply) => {
      const params = request.params as Record<string, string>;
      const answer = await page.open({ params }, context);
      return reply.code(answer.status).type("text/html; charset=utf-8").send(answer.html);
    });
    app.post(page.path, { schema }, async (request, reply) => {
      const params = request.params as Record<string, string>;
      const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
      const answer = await page.submit({ params, form }, context);
      if (answer === "done") return reply.code(303).header("location", "?").send();
      return reply.code(answer.status).type("text/html; charset=utf-8").send(answer.html);
    });
  }
}
