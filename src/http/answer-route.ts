import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { DomainError, InvariantViolation } from "../errors.ts";
import { answerOnce, hashRequest, type Answer } from "./idempotency.ts";
import { InvalidRequest, toProblem } from "./problem.ts";
import type { Principal, Route, RouteContext } from "./route.ts";

const problemType = "application/problem+json; charset=utf-8";

/** Sends a problem as it is; fastify's own serialisers are not asked. */
export const sendProblem = (reply: FastifyReply, { status, body }: Answer): FastifyReply =>
  reply.code(status).header("content-type", problemType).send(JSON.stringify(body));

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
  const message = "must be 1 to 200 visible ASCII characters";
  throw new InvalidRequest([{ in: "header", path: "/idempotency-key", code: "invalid_header", message }]);
}

/** Only what the schema names goes out. An answer that does not fit it is our bug. */
function present(route: Route, body: unknown): Answer {
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

/** Runs an operation for a request that is authenticated and valid, and sends its answer. */
export async function answerRoute(
  route: Route,
  {
    request,
    reply,
    principal,
    context,
    bodyAsSent,
  }: {
    request: FastifyRequest;
    reply: FastifyReply;
    principal: Principal;
    context: RouteContext;
    bodyAsSent: unknown;
  },
): Promise<FastifyReply> {
  const idempotencyKey = readIdempotencyKey(route, request.headers["idempotency-key"]);
  const { params, query, body } = request;
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
  const storable = (answer: Answer): Answer =>
    answer.status < 400 && route.storedAnswer !== undefined
      ? present(route, route.storedAnswer(result))
      : answer;
  const answer =
    idempotencyKey === null
      ? { ...(await run()), replayed: false }
      : await answerOnce(
          context,
          {
            principal: principal.id,
            key: idempotencyKey,
            hash: hashRequest(route.method, request.url, bodyAsSent),
          },
          run,
          storable,
        );
  if (answer.replayed) reply.header("idempotency-replayed", "true");
  if (answer.status >= 400) return sendProblem(reply, answer);
  const text = JSON.stringify(answer.body);
  return reply.code(answer.status).header("content-type", "application/json; charset=utf-8").send(text);
}
