import type { FastifyInstance } from "fastify";
import { InvalidRequest } from "./problem.ts";

/** The most bytes any request may carry. */
export const bodyLimitBytes = 256 * 1024;

// PostgreSQL's text holds no NUL and its jsonb no half of a surrogate pair: refused here, they never fail a query.
const unstorable = /\\u(0000|d[89a-f][0-9a-f]{2})/;

/** JSON and nothing else. An empty body is no body, whatever type it claims to be. */
export function parseJsonBodies(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/json",
    { parseAs: "string", bodyLimit: bodyLimitBytes },
    (request, text, done) => {
      if (text === "") return done(null, undefined);
      return parseJson(request, text as string, (error, body) => {
        // Stringified again, only what really is such a character is written as an escape.
        const bad = !error && text.includes("\\u") && unstorable.test(JSON.stringify(body));
        if (bad) {
          const message = "The body contains a NUL character or half of a surrogate pair.";
          return done(new InvalidRequest([{ in: "body", path: "", code: "unstorable_text", message }]));
        }
        return done(error, body);
      });
    },
  );
}

/** A notice is a kilobyte or two. A stranger's may not cost more to refuse than a true one costs to take. */
export const noticeLimitBytes = 16 * 1024;

/** Any type, as bytes: a signature covers bytes, and what does not verify is not worth parsing. */
export function keepRawBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: noticeLimitBytes }, (_request, bytes, done) =>
    done(null, bytes),
  );
}
