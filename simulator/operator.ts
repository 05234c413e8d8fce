import type { Merchant } from "./merchant.ts";

interface Item {
  readonly thing: string;
  readonly id: string;
  readonly reason: string;
  readonly actions: readonly string[];
}

/** The order in which a careful person would try: asking first, giving up last. */
const careful = [
  "check",
  "resume",
  "replay",
  "retry",
  "accept_delivery",
  "accept_refund",
  "accept_short",
  "abandon",
  "give_back",
  "write_off",
  "dismiss",
];

/** The person at the recovery desk. */
export interface Operator {
  /** Does for each item on the desk what was tried least often on it, the careful things first. */
  look(): Promise<void>;
}

export function createOperator(merchant: Merchant, trace: (line: string) => void): Operator {
  const tried = new Map<string, number>();
  let acts = 0;
  return {
    async look() {
      const { data } = (await merchant.get("/v1/review")) as { data: Item[] };
      for (const { thing, id, reason, actions } of data) {
        const times = (action: string): number => tried.get(`${action} ${id}`) ?? 0;
        const [action] = careful
          .filter((one) => actions.includes(one))
          .toSorted((a, b) => times(a) - times(b));
        if (action === undefined) continue;
        tried.set(`${action} ${id}`, times(action) + 1);
        acts += 1;
        const path = `/v1/review/${thing}/${encodeURIComponent(id)}/${action}`;
        const { status, body } = await merchant.post(path, {}, `act/${acts}`);
        trace(
          `the operator: ${action} of ${thing} ${id} (${reason}): ${status} ${String(body["code"] ?? "")}`,
        );
      }
    },
  };
}
