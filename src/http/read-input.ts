import { z } from "zod";
import { readBy } from "../input-problems.ts";
import { InvalidRequest, type RequestProblem } from "./problem.ts";
import type { Route } from "./route.ts";

const nothing = z.strictObject({});
const noBody = nothing.optional();

interface Sent {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/**
 * Reads a request by its route's schemas. What they do not name is refused, wherever it stands.
 * @throws {InvalidRequest} everything that is wrong with it, in our words.
 */
export function readInput(route: Route, sent: Sent): Sent {
  const problems: RequestProblem[] = [];
  const read = (place: "path" | "query" | "body", schema: z.ZodType, given: unknown): unknown => {
    const result = readBy(schema, given, place);
    if ("value" in result) return result.value;
    problems.push(...result.problems.map((problem) => ({ in: place, ...problem })));
    return undefined;
  };
  const params = read("path", route.params ?? z.unknown(), sent.params);
  const query = read("query", strictly(route.query ?? nothing), { ...(sent.query as object) });
  // No body and an empty one are alike to a route that takes none.
  const body = read("body", route.body ?? noBody, sent.body ?? undefined);
  if (problems.length > 0) throw new InvalidRequest(problems);
  return { params, query, body };
}

/** A query's names are closed like a body's. */
const strictly = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodObject && schema.def.catchall === undefined ? schema.strict() : schema;
