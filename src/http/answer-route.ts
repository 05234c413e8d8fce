import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { DomainError, InvariantViolation } from "../errors.ts";
import { answerOnce, hashRequest, type Answer } from "./idempotency.ts";
import { InvalidRequest, toProblem } from "./problem.ts";
import { isPublicCode, problemKinds, type ProblemKind } from "./problem-codes.ts";
import { readInput } from "./read-input.ts";
import type { Principal, Route, RouteContext } from "./route.ts";

const problemType = "application/problem+json; charset=utf-8";

/** After how many seconds the same request may fare better; null: waiting does not help. */
function retryAfterOf({ status, body }: Answer): number | null {
  const code = status < 400 ? "" : String((body as { code?: unknown } | null)?.code);
  const kind: ProblemKind | null = isPublicCode(code) ? problemKinds[code] : null;
  return kind?.retryAfterSeconds ?? null;
}

/** Sends a problem as it is; fastify's own serialisers are not asked. A Retry-After that is there already is more exact. */
export function sendProblem(reply: FastifyReply, answer: Answer): FastifyReply {
  const seconds = retryAfterOf(answer);
  if (seconds !== null && !reply.hasHeader("retry-after")) reply.header("retry-after", String(seconds));
  return reply.code(answer.status).header("content-type", problemType).send(JSON.stringify(answer.body));
}

/** Where the new thing can be read, if a route reads it: `/v1/orders/<id>`. */
function locationOf(route: Route, readable: ReadonlySet<string>, { status, body }: Answer): string | null {
  const id = (body as { id?: unknown } | null)?.id;
  return status === 201 && typeof id === "string" && readable.has(`${route.path}/:id`)
    ? `${route.path}/${id}`
    : null;
}

const etagOf = (text: string): string =>
  `"${createHash("sha256").update(text).digest("base64url").slice(0, 27)}"`;

/** RFC 9110 §13.1.2: a list of tags, compared weakly, or `*`. */
const isKnown = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch !== undefined &&
  ifNoneMatch.split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === etag);

function readIdempotencyKey(route: Route, header: string | string[] | undefined): string | null {
  if (route.method !== "POST") return null;
  if (header === undefined) {
    if (route.idempotent !== true) return null;
    throw new DomainError(
      "idempotency_key_required",
      "Send an Idempotency-Key header: a new one for each new request.",
    );
  }
  if (typeof header === "string" && /^[\x21-\x7e]{1,200}$/.test(header)) return header;
  const message = "The header Idempotency-Key must be 1 to 200 visible ASCII characters, without spaces.";
  throw new InvalidRequest([{ in: "header", path: "/idempotency-key", code: "invalid_header", message }]);
}

/** Only what the schema names goes out. An answer that does not fit it is our bug. */
export function present(route: Route, body: unknown): Answer {
  const result = z.safeEncode(route.success.body, body);
  if (result.success) return { status: route.success.status, body: result.data };
  throw new InvariantViolation(
    "answer_unlike_schema",
    `${route.method} ${route.path} answers unlike its schema.`,
    {
      issues: result.error.issues,
    },
  );
}

/**
 * Runs an operation for a request that is authenticated, and sends its answer.
 * @param readable the paths of all routes that read, so that a new thing's own can be named.
 */
export async function answerRoute(
  route: Route,
  {
    request,
    reply,
    principal,
    context,
    readable,
  }: {
    request: FastifyRequest;
    reply: FastifyReply;
    principal: Principal;
    context: RouteContext;
    readable: ReadonlySet<string>;
  },
): Promise<FastifyReply> {
  const { params, query, body } = readInput(route, request);
  const idempotencyKey = readIdempotencyKey(route, request.headers["idempotency-key"]);
  let result: unknown;
  const run = async (): Promise<Answer> => {
    try {
      result = await route.handle({ params, query, body, principal, idempotencyKey }, context);
      return present(route, result);
    } catch (error) {
      const problem = toProblem(error, context.correlationId, context.log);
      return { status: problem.status, body: problem };
    }
  };
  // What may fare better later is not kept: the same request with the same key is then tried again.
  const storable = (answer: Answer): Answer | null => {
    if (answer.status >= 500 || retryAfterOf(answer) !== null) return null;
    return answer.status < 400 && route.storedAnswer !== undefined
      ? present(route, route.storedAnswer(result))
      : answer;
  };
  const url = request.url.replace(/\/(?=$|\?)/, "");
  const answer =
    idempotencyKey === null
      ? { ...(await run()), replayed: false }
      : await answerOnce(
          context,
          {
            principal: principal.id,
            key: idempotencyKey,
            hash: hashRequest(route.method, url, request.body),
          },
          run,
          storable,
        );
  if (answer.replayed) reply.header("idempotency-replayed", "true");
  if (answer.status >= 400) return sendProblem(reply, answer);
  const location = locationOf(route, readable, answer);
  if (location !== null) reply.header("location", location);
  const other = otherFormOf(route, request.headers.accept);
  const type = other?.type ?? "application/json";
  const text = other === undefined ? JSON.stringify(answer.body) : other.write(result);
  if (route.also !== undefined) reply.header("vary", "accept");
  return sendText(route, { request, reply }, { status: answer.status, type, text });
}

/** The form that is asked for by its own name: whoever takes anything gets JSON. */
const otherFormOf = ({ also = [] }: Route, accept = ""): NonNullable<Route["also"]>[number] | undefined =>
  also.find(({ type }) => accept.split(",").some((one) => one.split(";")[0]!.trim().toLowerCase() === type));

/** A GET carries a tag of its bytes, so that whoever polls need not read the same again. */
function sendText(
  route: Route,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { status, type, text }: { status: number; type: string; text: string },
): FastifyReply {
  if (route.method === "GET") {
    const etag = etagOf(text);
    reply.header("etag", etag);
    if (isKnown(request.headers["if-none-match"], etag)) return reply.code(304).send();
  }
  return reply.code(status).header("content-type", `${type}; charset=utf-8`).send(text);
}
