import type { Clock } from "../clock.ts";
import type { Db } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { findApiKey, holdsScope, noteUse, type Scope } from "../operators/index.ts";
import type { Principal } from "./route.ts";

// One sentence for every way to fail: a caller without a key learns nothing about the keys there are.
const refusal = () => new DomainError("unauthenticated", "This needs a valid API key.");

/**
 * Who sent this header, if the key behind it holds one of the scopes.
 * @throws {DomainError} `unauthenticated`, `forbidden`
 */
export async function authenticate(
  { db, clock }: { readonly db: Db; readonly clock: Clock },
  header: string | undefined,
  scopes: readonly Scope[],
): Promise<Principal> {
  const [, presented = ""] = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(header ?? "") ?? [];
  const now = clock.now();
  const apiKey = await findApiKey(db, presented, now);
  if (apiKey === null) throw refusal();
  if (!scopes.some((scope) => holdsScope(apiKey.scopes, scope)))
    throw new DomainError("forbidden", `This needs an API key with the scope ${scopes.join(" or ")}.`);
  await noteUse(db, apiKey, now);
  return {
    id: apiKey.id,
    name: apiKey.name,
    ref: `api_key:${apiKey.id}`,
    scopes: apiKey.scopes,
    mode: apiKey.mode,
    payeeId: apiKey.payeeId,
  };
}
