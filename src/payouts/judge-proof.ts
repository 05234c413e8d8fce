import type { DepositReading } from "../chains/receiving.ts";
import type { Asset } from "../money/index.ts";

/** What a payment elsewhere must have brought, and where. */
export interface Owed {
  /** `amount` in its base units, `address` in its chain's normal form. */
  readonly asset: Asset;
  readonly address: string;
  readonly amount: bigint;
  readonly approvedAt: Date;
  /** In small letters: what leaves these is booked by the engine itself. */
  readonly ownWallets: ReadonlySet<string>;
}

export type ProofVerdict =
  | { readonly kind: "proved"; readonly brought: bigint; readonly at: Date }
  /** Nobody can tell yet: it is looked at again. */
  | { readonly kind: "unknown"; readonly reason: string }
  /** It is not this payout's payment, for good. */
  | { readonly kind: "refused"; readonly reason: ProofRefusal };

/** Each with what whoever recorded it reads. */
export const proofRefusals = {
  failed_on_chain: "that transaction failed: it moved nothing",
  older_than_approval: "that transaction is older than the approval of the payout",
  from_our_wallet: "it was sent from a wallet of ours, and this is for money from elsewhere",
  wrong_recipient: "it brings nothing to the payee's address",
  wrong_asset: "what it brings to the payee's address is another asset than the payee's",
  too_little: "it brings less than is owed",
  transaction_of_ours: "that is a transfer of the engine itself",
  delivery_of_a_swap: "a swap provider delivered by that transaction",
  said_otherwise: "somebody said it with another amount since",
  said_not_to_be_made: "two persons said that it was not made",
} as const;
export type ProofRefusal = keyof typeof proofRefusals;

/** Block times are whole seconds: one of the approval's own second is not older. */
const isOlder = (blockTime: Date, approvedAt: Date): boolean =>
  blockTime.getTime() < Math.floor(approvedAt.getTime() / 1000) * 1000;

/** Whether a transaction paid what is owed, by what its chain says. Pure. Only what is final proves or disproves. */
export function judgeReading(reading: DepositReading, owed: Owed): ProofVerdict {
  if (reading.status !== "included") return { kind: "unknown", reason: reading.status };
  if (!reading.final) return { kind: "unknown", reason: "not_final" };
  const refused = (reason: ProofRefusal): ProofVerdict => ({ kind: "refused", reason });
  if (!reading.succeeded) return refused("failed_on_chain");
  const { blockTime } = reading.includedIn;
  if (isOlder(blockTime, owed.approvedAt)) return refused("older_than_approval");
  const here = reading.deposits.filter(({ to }) => to === owed.address);
  const payments = here.filter(({ asset }) => asset.id === owed.asset.id);
  if (payments.some(({ from }) => from !== null && owed.ownWallets.has(from.toLowerCase())))
    return refused("from_our_wallet");
  const brought = payments.reduce((sum, { amount }) => sum + amount, 0n);
  if (brought >= owed.amount) return { kind: "proved", brought, at: blockTime };
  // A contract may have sent native coins within its call, which no node lists.
  if (reading.mayHideTransfers && owed.asset.contract === null)
    return { kind: "unknown", reason: "may_hide_transfers" };
  if (payments.length > 0) return refused("too_little");
  return refused(here.length > 0 || reading.unlisted.length > 0 ? "wrong_asset" : "wrong_recipient");
}
