import { inTransaction, type Tx } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { minutes, StaleStatus, type Cause } from "../lifecycle/index.ts";
import { registry } from "../money/index.ts";
import type { BankProvider, BankTransferView } from "../providers/bank-provider.ts";
import type { SubmissionOutcome } from "../providers/port.ts";
import { bankTransferLife, type BankTransfer, type BankTransferStatus } from "./bank-transfer.ts";
import { findBankTransfer, lockBankTransfer } from "./bank-transfer-store.ts";
import type { BankingDeps } from "./deps.ts";
import { fail, succeed } from "./end-bank-transfer.ts";
import { bankingTasks } from "./tasks.ts";

const cause: Cause = { kind: "job", ref: bankingTasks.advance.name };

/** A list may lack what was made a moment ago: before this long after the last telling, not finding it means nothing. */
const listedAfterMs = minutes(5);

/** Refusals that are about our account with them, not about this payment: it waits until somebody mends that. */
const ofTheAccount = new Set(["unauthorized", "ip_not_allowed", "endpoint_missing"]);

/**
 * Does whatever one transfer needs next. May run twice, at once even, or die at any line: the reference is stored before the
 * provider is told, it is the same each time, and what it became is asked for before it is told again.
 */
export const advanceBankTransferJob = (deps: BankingDeps): Job =>
  defineJob(bankingTasks.advance, {
    timeoutMs: 120_000,
    async run({ id }, { signal, log }) {
      const transfer = await findBankTransfer(deps.db, id);
      if (transfer === null || bankTransferLife.hasEnded(transfer.status)) return;
      const bank = deps.banks.get(transfer.provider);
      if (bank === undefined)
        throw new Error(`bank transfer ${id} is at a provider that is not configured here`);
      try {
        if (transfer.status === "planned") await begin(deps, bank, id, signal);
        else if (transfer.status === "submitting") await findOut(deps, bank, transfer, signal);
        else await follow(deps, bank, transfer, signal);
      } catch (error) {
        if (error instanceof StaleStatus) return; // another run moved it, and made the next appointment
        if (!(error instanceof ProviderError)) throw error;
        log.warn({ bank_transfer_id: id, reason: error.reason }, "the bank provider gives no answer");
        await wait(deps, id, transfer.status, error.reason);
      }
    },
  });

/** Asks for its word, writes that the provider is going to be told, and tells it. */
async function begin(deps: BankingDeps, bank: BankProvider, id: string, signal: AbortSignal): Promise<void> {
  const cleared = await inTransaction(deps.db, async (tx) => {
    const transfer = await lockBankTransfer(tx, id);
    if (transfer.status !== "planned") return null;
    const asked = await deps.mayLeave.get(transfer.purpose)?.(tx, transfer);
    const permission = asked ?? ({ kind: "refused", reason: "not_authorised" } as const);
    const now = deps.clock.now();
    if (permission.kind === "refused") {
      if (permission.reason === "not_authorised")
        deps.log.error(
          { bank_transfer_id: id },
          "nobody who may say so wants this payment to a bank as it is",
        );
      await bankTransferLife.lookAgain(tx, id, new Date(now.getTime() + minutes(1)), {
        waiting_reason: permission.reason,
      });
      return null;
    }
    const set = { authorised_by: permission.word, told_at: now, waiting_reason: null };
    await bankTransferLife.advance(tx, { id, from: "planned", to: "submitting", cause, now, set });
    return transfer;
  });
  if (cleared !== null) await tell(deps, bank, cleared, signal);
}

async function tell(
  deps: BankingDeps,
  bank: BankProvider,
  transfer: BankTransfer,
  signal: AbortSignal,
): Promise<void> {
  const outcome = await bank.send(
    {
      bankCode: transfer.bank_code,
      accountNumber: transfer.account_number,
      branchCode: transfer.branch_code,
      holder: transfer.holder,
      asset: registry.get(transfer.asset),
      amount: transfer.amount,
      reference: transfer.id,
      narration: `Payout ${transfer.correlation_id.slice(0, 8)}`,
    },
    signal,
  );
  if (outcome.kind === "rejected" && outcome.reason === "reference_taken")
    return findOut(deps, bank, { ...transfer, status: "submitting", told_at: null }, signal);
  await recordTelling(deps, transfer.id, outcome);
}

async function recordTelling(
  deps: BankingDeps,
  id: string,
  outcome: SubmissionOutcome<BankTransferView>,
): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const transfer = await lockBankTransfer(tx, id);
    if (transfer.status !== "submitting") return;
    const now = deps.clock.now();
    if (outcome.kind === "accepted") return adopt(deps, tx, transfer, outcome.value);
    if (outcome.kind === "rejected" && !ofTheAccount.has(outcome.reason)) {
      deps.log.error({ bank_transfer_id: id, reason: outcome.reason }, "the bank provider refused a payment");
      return fail(tx, submitting(transfer), `${outcome.reason}: ${outcome.message}`, { cause, now });
    }
    await bankTransferLife.lookAgain(tx, id, new Date(now.getTime() + minutes(1)), {
      waiting_reason: outcome.reason,
    });
  });
}

const submitting = (transfer: BankTransfer) => ({ ...transfer, status: "submitting" as const });

/** Whether the provider knows its reference. Not there, some minutes after it was told: it is told again, under the same one. */
async function findOut(
  deps: BankingDeps,
  bank: BankProvider,
  transfer: BankTransfer,
  signal: AbortSignal,
): Promise<void> {
  const found = await bank.findByReference(transfer.id, signal);
  if (found !== null)
    return inTransaction(deps.db, async (tx) => {
      const current = await lockBankTransfer(tx, transfer.id);
      if (current.status === "submitting") await adopt(deps, tx, current, found);
    });
  const now = deps.clock.now();
  const isTooEarly = transfer.told_at === null || now.getTime() - transfer.told_at.getTime() < listedAfterMs;
  if (isTooEarly) return wait(deps, transfer.id, "submitting", "looked_for");
  const again = await inTransaction(deps.db, async (tx) => {
    const current = await lockBankTransfer(tx, transfer.id);
    // Another run may have told it meanwhile. What was approved may be approved no more, but what is told again is told already.
    if (current.status !== "submitting" || current.told_at?.getTime() !== transfer.told_at?.getTime())
      return null;
    await bankTransferLife.lookAgain(tx, transfer.id, new Date(now.getTime() + minutes(1)), { told_at: now });
    return current;
  });
  if (again !== null) await tell(deps, bank, again, signal);
}

/** Why what the provider tells of is not what was asked; null: it is. */
function differenceOf(transfer: BankTransfer, told: BankTransferView): string | null {
  if (told.reference !== transfer.id) return "bank_tells_other_reference";
  if (told.asset?.id !== transfer.asset) return "bank_tells_other_currency";
  if (told.amount !== transfer.amount) return "bank_tells_other_amount";
  const isSameAccount =
    told.accountNumber === transfer.account_number && told.bankCode === transfer.bank_code;
  return isSameAccount ? null : "bank_tells_other_account";
}

/** The provider has it: from now on it is asked for by the provider's id. */
async function adopt(
  deps: BankingDeps,
  tx: Tx,
  transfer: BankTransfer,
  told: BankTransferView,
): Promise<void> {
  const now = deps.clock.now();
  const set = { external_id: told.externalId, said: told.said, waiting_reason: null };
  await bankTransferLife.advance(tx, { id: transfer.id, from: "submitting", to: "pending", cause, now, set });
  await record(deps, tx, { ...transfer, ...set, status: "pending" }, told);
}

async function follow(
  deps: BankingDeps,
  bank: BankProvider,
  { id, external_id: externalId, status }: BankTransfer,
  signal: AbortSignal,
): Promise<void> {
  const told = await bank.fetchTransfer(externalId ?? "", signal);
  if (told === null) return wait(deps, id, status, "unknown_at_provider");
  await inTransaction(deps.db, async (tx) => {
    const current = await lockBankTransfer(tx, id);
    if (current.status === "pending" || current.status === "in_review") await record(deps, tx, current, told);
  });
}

type Followed = BankTransfer & { readonly status: "pending" | "in_review" };

/** What the provider says of a transfer that it has. */
async function record(deps: BankingDeps, tx: Tx, given: BankTransfer, told: BankTransferView): Promise<void> {
  const transfer = given as Followed;
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
  if (told.status === "succeeded") return succeed(tx, transfer, told, step);
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

async function wait(
  deps: BankingDeps,
  id: string,
  status: BankTransferStatus,
  reason: string,
): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const current = await lockBankTransfer(tx, id);
    if (current.status !== status) return;
    await bankTransferLife.lookAgain(tx, id, new Date(deps.clock.now().getTime() + minutes(1)), {
      waiting_reason: reason,
    });
  });
}
