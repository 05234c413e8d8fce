import type { Tx } from "../database/index.ts";
import { minutes, type Cause } from "../lifecycle/index.ts";
import type { BankTransferView } from "../providers/bank-provider.ts";
import { bankTransferLife, type BankTransfer } from "./bank-transfer.ts";
import type { BankingDeps } from "./deps.ts";
import { fail, succeed } from "./end-bank-transfer.ts";
import { bankingTasks } from "./tasks.ts";

/** Who moves a transfer that no person moves. */
export const cause: Cause = { kind: "job", ref: bankingTasks.advance.name };

/** Why what the provider tells of is not what was asked; null: it is. */
function differenceOf(transfer: BankTransfer, told: BankTransferView): string | null {
  if (told.reference !== transfer.id) return "bank_tells_other_reference";
  if (told.asset?.id !== transfer.asset) return "bank_tells_other_currency";
  if (told.amount !== transfer.amount) return "bank_tells_other_amount";
  const isSameAccount =
    told.accountNumber === transfer.account_number && told.bankCode === transfer.bank_code;
  if (!isSameAccount) return "bank_tells_other_account";
  if (told.status === "unrecognised") return "bank_status_unrecognised";
  // What was kept for it of the float, and as much again: beyond that, somebody should look before it is booked.
  const mostFee = 2n * transfer.fee_expected + 1n;
  return told.status === "succeeded" && told.fee !== null && told.fee > mostFee ? "bank_fee_higher" : null;
}

/** The provider has it: from now on it is asked for by the provider's id. */
export async function adopt(tx: Tx, id: string, told: BankTransferView, now: Date): Promise<void> {
  const set = { external_id: told.externalId, said: told.said, waiting_reason: null };
  await bankTransferLife.advance(tx, { id, from: "submitting", to: "pending", cause, now, set });
}

/** What the provider says of a transfer that it has. */
export async function record(
  deps: BankingDeps,
  tx: Tx,
  transfer: BankTransfer & { readonly status: "pending" | "in_review" },
  told: BankTransferView,
): Promise<void> {
  const { id } = transfer;
  const now = deps.clock.now();
  const step = { cause, now };
  const difference = differenceOf(transfer, told);
  if (told.status === "failed" && told.reference === id)
    return fail(tx, transfer, told.said || told.rawStatus, step);
  if (difference !== null) {
    if (transfer.status === "in_review" && transfer.review_reason === difference)
      return bankTransferLife.lookAgain(tx, id, new Date(now.getTime() + minutes(30)));
    deps.log.error(
      { bank_transfer_id: id, difference, said: told.said },
      "the bank provider tells of another payment",
    );
    if (transfer.status === "pending")
      await bankTransferLife.advance(tx, {
        id,
        from: "pending",
        to: "in_review",
        ...step,
        set: { review_reason: difference },
      });
    return;
  }
  if (told.status === "succeeded")
    return succeed(tx, transfer, { fee: told.fee ?? transfer.fee_expected, said: told.said }, step);
  if (transfer.status === "in_review")
    await bankTransferLife.advance(tx, {
      id,
      from: "in_review",
      to: "pending",
      ...step,
      set: { review_reason: null },
    });
  const waitsSince = now.getTime() - transfer.created_at.getTime();
  // Most end within a minute or two; what takes a day is asked for less and less.
  const pause = Math.min(Math.max(deps.settings.pollMs, waitsSince / 10), minutes(60));
  await bankTransferLife.lookAgain(tx, id, new Date(now.getTime() + pause), { said: told.said });
}
