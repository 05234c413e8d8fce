import { sql, type Tx } from "../database/index.ts";
import type { BankTransfer } from "../banking/index.ts";
import { bankAccountText } from "../money/index.ts";
import { standingOf } from "../payees/index.ts";
import { payoutCovered, wordFor, type Authority, type Permission, type Terms } from "../policy/index.ts";
import type { FundingIntent } from "../swaps/index.ts";
import { destinationOf, type Payout } from "./payout.ts";

/** Everything that an approval of a payout binds, from the payout's own row. */
export const payoutTerms = (payout: Payout): Terms => ({
  payout: payout.id,
  payee: payout.payee_id,
  asset: payout.asset,
  amount: payout.amount.toString(),
  destination_asset: payout.destination_asset,
  destination_address: payout.destination_address,
  destination_memo: payout.destination_memo,
  route: payout.route,
  greatest_fee_bps: payout.greatest_fee_bps,
  least_net: payout.least_net?.toString() ?? null,
});

/** On whose word a payout may leave as its row is now. */
export const payoutWord = (tx: Tx, payout: Payout, now: Date): Promise<Permission> =>
  wordFor(tx, { subject: "payout", subjectId: payout.id, terms: payoutTerms(payout) }, now);

/** Whose word a send for a payout's attempt needs, and by which rail it goes. */
export type PayoutAuthority =
  | { readonly authority: Authority; readonly rail: string }
  | { readonly refused: "not_authorised" | "paused_by_operator" };

const notAuthorised = { refused: "not_authorised" } as const;

/**
 * Of a transfer to the payee. The payout is read anew, with what the ledger itself holds for it, and that the payee is paid there
 * still: until the signature is stored nobody moves them.
 */
export async function payoutAuthority(tx: Tx, attemptId: string): Promise<PayoutAuthority> {
  const { rows } = await sql<Payout>`
    select p.* from payout_attempt a join payout p on p.id = a.payout_id
    where a.id = ${attemptId} and a.status = 'sending' and a.route <> 'outside' and p.status in ('sending', 'in_review')`.execute(
    tx,
  );
  const [payout] = rows;
  if (payout === undefined) return notAuthorised;
  const { id, payee_id: payeeId, asset, amount, route: rail } = payout;
  const standing = await standingOf(tx, payeeId, destinationOf(payout));
  if (standing === "paused") return { refused: "paused_by_operator" };
  if (standing === "moved") return notAuthorised;
  if (!(await payoutCovered(tx, { id, payeeId, asset, amount }))) return notAuthorised;
  const terms = payoutTerms(payout);
  return { authority: { by: "authorisation", subject: "payout", subjectId: id, terms }, rail };
}

/** Of a payment to a bank: exactly the account that was approved gets no less than was approved. */
export async function bankAuthority(tx: Tx, sent: BankTransfer): Promise<PayoutAuthority> {
  const found = await payoutAuthority(tx, sent.purpose_id);
  if ("refused" in found || found.authority.by !== "authorisation") return found;
  const { terms } = found.authority;
  const account = {
    bankCode: sent.bank_code,
    accountNumber: sent.account_number,
    branchCode: sent.branch_code,
  };
  const asApproved =
    terms["asset"] === sent.source_asset &&
    terms["amount"] === sent.source_amount.toString() &&
    terms["destination_asset"] === sent.asset &&
    terms["destination_address"] === bankAccountText(account) &&
    terms["destination_memo"] === sent.holder &&
    BigInt(terms["least_net"] ?? 0) <= sent.amount;
  return asApproved ? found : notAuthorised;
}

/** Of the funding of a swap for a payout: it must bring the payee no less than was approved, and nobody else anything. */
export async function swapAuthority(tx: Tx, swap: FundingIntent): Promise<PayoutAuthority> {
  const found = await payoutAuthority(tx, swap.purposeId);
  if ("refused" in found || found.authority.by !== "authorisation") return found;
  const { terms } = found.authority;
  const asApproved =
    terms["asset"] === swap.asset &&
    terms["amount"] === swap.amount.toString() &&
    terms["destination_asset"] === swap.targetAsset &&
    terms["destination_address"] === swap.targetAddress &&
    terms["destination_memo"] === swap.targetMemo &&
    BigInt(terms["least_net"] ?? 0) <= swap.leastTargetAmount;
  return asApproved ? found : notAuthorised;
}
