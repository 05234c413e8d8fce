import type { AttemptRail } from "./rail.ts";
import { proofsOf } from "../proof-store.ts";

/**
 * An operator pays elsewhere. What is proved completes the payout; until then nobody but an operator knows whether the payee has
 * it, so the engine never takes such an attempt back by itself.
 */
export const outsideRail: AttemptRail = {
  async look(tx, { id }) {
    const proved = (await proofsOf(tx, id)).find(({ proved_at: provedAt }) => provedAt !== null);
    if (proved === undefined) return { state: { kind: "live" }, cancellable: false };
    const { reference: hash, brought: delivered } = proved;
    return { state: { kind: "completed", hash, delivered, afterLoss: false }, cancellable: false };
  },
  cancel: () => Promise.resolve(false),
  isInDoubt: () => Promise.resolve(false),
  askAgain: () => Promise.resolve(),
  vouch: () => Promise.resolve(),
};
