import { DomainError } from "../errors.ts";

export const unknownPayout = (id: string): DomainError =>
  new DomainError("unknown_payout", `There is no payout ${id}.`);

export const underWay = (): DomainError =>
  new DomainError(
    "payout_under_way",
    "Money of this payout is on its way: only the chain or the swap provider can end that. Look at its transfer or swap.",
  );
