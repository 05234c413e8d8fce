import { z } from "zod";
import { isDatabaseAway } from "../database/index.ts";
import { DomainError, EngineError, ProviderError } from "../errors.ts";
import type { InputProblem } from "../input-problems.ts";
import { newId } from "../ids.ts";
import { EntryConflict } from "../ledger/index.ts";
import type { Logger } from "../telemetry/index.ts";
import { isPublicCode, problemKinds, publicCodes, type PublicCode } from "./problem-codes.ts";

/** One thing that is wrong with a request, and where in it. */
export interface RequestProblem extends InputProblem {
  readonly in: "body" | "query" | "path" | "header";
}

/** The request is refused before any room saw it. */
export class InvalidRequest extends DomainError {
  readonly problems: readonly RequestProblem[];

  constructor(problems: readonly RequestProblem[]) {
    super("invalid_request", problems.map(({ message }) => message).join(" "));
    this.problems = problems;
  }
}

export const problemSchema = z
  .object({
    type: z.string().describe("urn:spillway:problem: and the code"),
    title: z.string().describe("The same for every occurrence"),
    status: z.number().int(),
    code: z.enum(publicCodes).meta({ id: "ProblemCode", description: "Stable: branch on this" }),
    detail: z.string().describe("What is particular of this occurrence"),
    next_step: z.string().describe("What to do next"),
    request_id: z.string().describe("As in the answer's x-request-id"),
    error_id: z.string().optional().describe("Names the log line that has the details"),
    problems: z
      .array(z.object({ in: z.string(), path: z.string(), code: z.string(), message: z.string() }))
      .optional()
      .describe("With invalid_request: everything that is wrong"),
  })
  .meta({ id: "Problem", description: "RFC 9457 problem" });

export type Problem = z.output<typeof problemSchema>;

type Extra = Pick<Problem, "error_id" | "problems">;

export function makeProblem(code: PublicCode, detail: string, requestId: string, extra: Extra = {}): Problem {
  const kind = problemKinds[code];
  return {
    type: `urn:spillway:problem:${code}`,
    title: kind.title,
    status: kind.status,
    code,
    detail,
    next_step: kind.nextStep,
    request_id: requestId,
    ...extra,
  };
}

/** What fastify refuses before our handlers run, by its error codes; read in fastify 5.12, lib/errors.js. */
const edgeCodes: ReadonlyMap<string, { code: PublicCode; detail: string }> = new Map([
  ["FST_ERR_CTP_BODY_TOO_LARGE", { code: "payload_too_large", detail: "A body may have at most 256 KiB." }],
  [
    "FST_ERR_CTP_INVALID_MEDIA_TYPE",
    { code: "unsupported_media_type", detail: "Only JSON bodies are read here." },
  ],
  [
    "FST_ERR_CTP_INVALID_JSON_BODY",
    { code: "malformed_json", detail: "The body could not be read as JSON." },
  ],
  [
    "FST_ERR_CTP_INVALID_CONTENT_LENGTH",
    { code: "malformed_json", detail: "The body is not as long as it says." },
  ],
]);

/**
 * Any thrown thing as the answer the caller gets. Refusals are shown with their code; of everything else only an id
 * goes out, and the log line with that id has the details.
 */
export function toProblem(error: unknown, requestId: string, log: Logger): Problem {
  if (error instanceof InvalidRequest) {
    const detail = error.problems.map(({ message }) => message).join(" ");
    return makeProblem("invalid_request", detail, requestId, { problems: [...error.problems] });
  }
  const frameworkCode = error instanceof Error && "code" in error ? String(error.code) : "";
  const edge = edgeCodes.get(frameworkCode);
  if (edge !== undefined) return makeProblem(edge.code, edge.detail, requestId);
  if (error instanceof DomainError && isPublicCode(error.code))
    return makeProblem(error.code, error.message, requestId);
  return hide(error, requestId, log);
}

function hide(error: unknown, requestId: string, log: Logger): Problem {
  const errorId = newId();
  const kind = error instanceof EngineError ? error.code : "unexpected";
  log.error({ error, kind, error_id: errorId, request_id: requestId }, "a request failed");
  const extra = { error_id: errorId };
  if (error instanceof ProviderError)
    return makeProblem(
      "provider_unavailable",
      `${error.provider} did not answer as it should.`,
      requestId,
      extra,
    );
  if (error instanceof EntryConflict)
    return makeProblem(
      "entry_conflict",
      "Nothing was booked: it was booked before with other amounts.",
      requestId,
      extra,
    );
  if (!(error instanceof EngineError) && isDatabaseAway(error))
    return makeProblem("database_unavailable", "The database could not be asked.", requestId, extra);
  return makeProblem("internal_error", "The request could not be completed.", requestId, extra);
}
