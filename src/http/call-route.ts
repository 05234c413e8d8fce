import { newId } from "../ids.ts";
import { present } from "./answer-route.ts";
import { readInput } from "./read-input.ts";
import type { Principal, Route, RouteContext } from "./route.ts";

/** Everything an operator at the machine may do: whoever can read the keystore needs no key. */
export const operatorAs = (ref: string): Principal => ({
  id: newId(),
  name: ref,
  ref,
  scopes: ["admin"],
  mode: "live",
  payeeId: null,
});

/**
 * Runs an operation without HTTP: it reads, refuses and answers as it does over the API.
 * @throws {InvalidRequest} what does not fit the operation's schemas
 * @throws {DomainError} the operation's own refusals
 */
export async function callRoute(
  route: Route,
  sent: { readonly params?: object; readonly query?: object; readonly body?: unknown },
  { principal, ...context }: RouteContext & { readonly principal: Principal },
): Promise<unknown> {
  const input = readInput(route, { params: {}, query: {}, body: undefined, ...sent });
  const answer = await route.handle({ ...input, principal, idempotencyKey: null } as never, context);
  return present(route, answer).body;
}
