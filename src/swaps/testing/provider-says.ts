import type { World } from "../../../tests/support/index.ts";
import type { Swap } from "../index.ts";

/** Fields of an exchange otherwise than they are, that there is no such exchange, or no answer. */
export type Words = object | 404 | "silence";

/** What the provider answers next about an exchange, beyond what is true of it. */
export function providerSays({ sandbox }: World, swap: Swap, words: Words, times = 1): void {
  const match = { path: `by-id?id=${swap.provider_id}` };
  const { changenow, faults } = sandbox;
  const missing = { error: "not_found", message: "Exchange not found" };
  if (words === 404) faults.next("changenow", { kind: "http", status: 404, body: missing, match, times });
  else if (words === "silence") faults.next("changenow", { kind: "http", status: 500, match, times: 3 });
  else {
    const body = { ...changenow.exchange(swap.provider_id!), ...words };
    faults.next("changenow", { kind: "http", status: 200, body, match, times });
  }
}
