import { inTransaction, sql, type Tx } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { InsufficientFunds } from "../ledger/index.ts";
import { minutes, StaleStatus } from "../lifecycle/index.ts";
import { registry } from "../money/index.ts";
import type { BankProvider, BankTransferView } from "../providers/bank-provider.ts";
import type { SubmissionOutcome } from "../providers/port.ts";
import { bankTransferLife, type BankTransfer, type BankTransferStatus } from "./bank-transfer.ts";
import { findBankTransfer, lockBankTransfer } from "./bank-transfer-store.ts";
import type { BankingDeps } from "./deps.ts";
import { fail } from "./end-bank-transfer.ts";
import { adopt, cause, record } from "./record-bank-transfer.ts";
import { bankingTasks } from "./tasks.ts";

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
      if (transfer === null || transfer.status === "succeeded" || transfer.status === "cancelled") return;
      const bank = deps.banks.get(transfer.provider);
      if (bank === undefined)
        throw new Error(`bank transfer ${id} is at a provider that is not configured here`);
      try {
        await advance(deps, bank, transfer, signal);
      } catch (error) {
        if (error instanceof StaleStatus) return; // another run moved it, and made the next appointment
        if (error instanceof InsufficientFunds) return stopOverdrawn(deps, id);
        if (!(error instanceof ProviderError)) throw error;
        log.warn({ bank_transfer_id: id, reason: error.reason }, "the bank provider gives no answer");
        await wait(deps, id, transfer.status, error.reason);
      }
    },
  });

async function advance(
  deps: BankingDeps,
  bank: BankProvider,
  transfer: BankTransfer,
  signal: AbortSignal,
): Promise<void> {
  if (transfer.status === "planned") await begin(deps, bank, transfer.id, signal);
  else if (transfer.status === "submitting") await findOut(deps, bank, transfer, signal);
  else if (transfer.status === "failed") await askOnceMore(deps, bank, transfer, signal);
  else await follow(deps, bank, transfer, signal);
}

/** The bank has what the float has not, by the book: somebody books what was paid in first. */
const stopOverdrawn = (deps: BankingDeps, id: string): Promise<void> =>
  inTransaction(deps.db, async (tx) => {
    const { status } = await lockBankTransfer(tx, id);
    const now = deps.clock.now();
    const set = { review_reason: "float_overdrawn" };
    if (status === "pending")
      await bankTransferLife.advance(tx, { id, from: status, to: "in_review", cause, now, set });
    else if (status === "in_review")
      await bankTransferLife.lookAgain(tx, id, new Date(now.getTime() + minutes(30)), set);
  });

/** Whether this may be told to the provider now; refused, the reason is kept and it is looked at again. */
async function mayBeTold(deps: BankingDeps, tx: Tx, transfer: BankTransfer): Promise<string | null> {
  const asked = await deps.mayLeave.get(transfer.purpose)?.(tx, transfer);
  const permission = asked ?? ({ kind: "refused", reason: "not_authorised" } as const);
  if (permission.kind === "granted") return permission.word;
  const { id, status } = transfer;
  if (permission.reason === "not_authorised" && status === "planned")
    deps.log.error({ bank_transfer_id: id }, "nobody who may say so wants this payment to a bank as it is");
  await bankTransferLife.lookAgain(tx, id, new Date(deps.clock.now().getTime() + minutes(1)), {
    waiting_reason: permission.reason,
  });
  return null;
}

/** Asks for its word, writes that the provider is going to be told, and tells it. */
async function begin(deps: BankingDeps, bank: BankProvider, id: string, signal: AbortSignal): Promise<void> {
  const cleared = await inTransaction(deps.db, async (tx) => {
    const transfer = await lockBankTransfer(tx, id);
    if (transfer.status !== "planned") return null;
    const word = await mayBeTold(deps, tx, transfer);
    if (word === null) return null;
    const now = deps.clock.now();
    const set = { authorised_by: word, told_at: now, tellings: 1, waiting_reason: null };
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
  // That it has it is kept by itself: what else it says may not be bookable now.
  if (outcome.kind === "accepted") await hear(deps, transfer.id, outcome.value);
}

async function recordTelling(
  deps: BankingDeps,
  id: string,
  outcome: SubmissionOutcome<BankTransferView>,
): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const transfer = await lockBankTransfer(tx, id);
    const facts = { bank_transfer_id: id, outcome: outcome.kind, status: transfer.status };
    if (transfer.status !== "submitting") {
      if (outcome.kind === "accepted")
        deps.log.error(facts, "a bank provider took a payment that had ended here");
      return;
    }
    const now = deps.clock.now();
    if (outcome.kind === "accepted") return adopt(tx, id, outcome.value, now);
    const again = new Date(now.getTime() + minutes(1));
    // Only what answers the first telling says that nothing happened: one before it may have been heard.
    const isFirst = transfer.tellings === 1;
    if (isFirst && (outcome.kind === "retryable" || ofTheAccount.has(outcome.reason))) {
      const set = { told_at: null, tellings: 0, authorised_by: null, waiting_reason: outcome.reason };
      await bankTransferLife.advance(tx, { id, from: "submitting", to: "planned", cause, now, set });
      return bankTransferLife.lookAgain(tx, id, again);
    }
    if (isFirst && outcome.kind === "rejected") {
      deps.log.error({ ...facts, reason: outcome.reason }, "the bank provider refused a payment");
      const refused = { ...transfer, status: "submitting" as const };
      return fail(tx, refused, `${outcome.reason}: ${outcome.message}`, { cause, now });
    }
    await bankTransferLife.lookAgain(tx, id, again, { waiting_reason: outcome.reason });
  });
}

/** Whether the provider knows its reference. Not there, some minutes after it was told: it is told again, under the same one. */
async function findOut(
  deps: BankingDeps,
  bank: BankProvider,
  transfer: BankTransfer,
  signal: AbortSignal,
): Promise<void> {
  const found = await bank.findByReference(transfer.id, signal);
  if (found !== null) {
    await inTransaction(deps.db, async (tx) => {
      const { id, status } = await lockBankTransfer(tx, transfer.id);
      if (status === "submitting") await adopt(tx, id, found, deps.clock.now());
    });
    return hear(deps, transfer.id, found);
  }
  const now = deps.clock.now();
  const isTooEarly = transfer.told_at === null || now.getTime() - transfer.told_at.getTime() < listedAfterMs;
  if (isTooEarly) return wait(deps, transfer.id, "submitting", "looked_for");
  const again = await inTransaction(deps.db, async (tx) => {
    const current = await lockBankTransfer(tx, transfer.id);
    // Another run may have told it meanwhile.
    if (current.status !== "submitting" || current.tellings !== transfer.tellings) return null;
    // Perhaps it was never heard: then it is told for the first time, and what let it leave may let it no more.
    if ((await mayBeTold(deps, tx, current)) === null) return null;
    const set = { told_at: now, tellings: current.tellings + 1 };
    await bankTransferLife.lookAgain(tx, transfer.id, new Date(now.getTime() + minutes(1)), set);
    return current;
  });
  if (again !== null) await tell(deps, bank, again, signal);
}

/** One that had failed: whether the provider says otherwise now, as after a retry in its dashboard. Then a person decides. */
export async function askOnceMore(
  deps: Pick<BankingDeps, "db" | "clock" | "log">,
  bank: BankProvider,
  { id, external_id: externalId, told_at }: BankTransfer,
  signal: AbortSignal,
): Promise<void> {
  if (told_at === null) return;
  const told = await (externalId === null
    ? bank.findByReference(id, signal)
    : bank.fetchTransfer(externalId, signal));
  if (told === null || told.status === "failed") return;
  await sql`
    update bank_transfer set contradicted_at = coalesce(contradicted_at, ${deps.clock.now()}), said = ${told.said}
    where id = ${id} and status = 'failed'`.execute(deps.db);
  deps.log.error(
    { bank_transfer_id: id, told: told.rawStatus },
    "a payment to a bank that had failed has not, says its provider",
  );
}

async function follow(
  deps: BankingDeps,
  bank: BankProvider,
  { id, external_id: externalId, status }: BankTransfer,
  signal: AbortSignal,
): Promise<void> {
  const told = await bank.fetchTransfer(externalId ?? "", signal);
  if (told === null) return wait(deps, id, status, "unknown_at_provider");
  await hear(deps, id, told);
}

/** Does what the provider says of one that it is known to have. */
const hear = (deps: BankingDeps, id: string, told: BankTransferView): Promise<void> =>
  inTransaction(deps.db, async (tx) => {
    const { status, ...current } = await lockBankTransfer(tx, id);
    if (status === "pending" || status === "in_review") await record(deps, tx, { ...current, status }, told);
  });

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
