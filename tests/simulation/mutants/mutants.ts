import type { Mutant } from "./plant-mutant.ts";

/** Sixteen bugs of the trade. Each also takes away what would have caught it in the engine. */
export const mutants: readonly (Mutant & {
  /** A seed whose large world shows it soon. */
  readonly foundAt: number;
  /** A seed whose small world does; null: none is proved to since the engine last changed, and the long form looks for it. */
  readonly foundSmallAt: number | null;
})[] = [
  {
    name: "broadcast before store",
    what: "A transaction is sent before its bytes are stored; who dies in between signs another one with the next nonce.",
    foundAt: 3,
    foundSmallAt: 9,
    edits: [
      {
        file: "src/transfers/sign-transfer.ts",
        find: "  await insertAttempt(tx, {",
        replace:
          "  await route.chain.broadcast(signed.raw, new AbortController().signal);\n  await insertAttempt(tx, {",
      },
    ],
  },
  {
    name: "timeout treated as failure",
    what: "A broadcast without an answer counts as not sent: its nonce is free again and its owner sends anew.",
    foundAt: 12,
    foundSmallAt: null,
    edits: [
      {
        file: "src/transfers/transfer.ts",
        find: 'not sent as far as we know.",\n      next: ["broadcast",',
        replace: 'not sent as far as we know.",\n      next: ["cancelled", "broadcast",',
      },
      {
        file: "src/transfers/broadcast-transfer.ts",
        find: 'import { inTransaction, sql } from "../database/index.ts";',
        replace:
          'import { inTransaction, sql } from "../database/index.ts";\nimport { enqueueNamed } from "../jobs/index.ts";',
      },
      {
        file: "src/transfers/broadcast-transfer.ts",
        find: '    if (transfer.status === "signed" && outcome.kind !== "rejected")',
        replace: `
    if (transfer.status === "signed" && outcome.kind === "unknown") {
      await transferLife.advance(tx, {
        id: transfer.id,
        from: transfer.status,
        to: "cancelled",
        cause: { kind: "chain", ref: attempt.transaction_hash, note: "timed out" },
        set: { slot: null, next_check_at: null, deadline_at: null },
        now,
      });
      await enqueueNamed(tx, transfer.done_task, { id: transfer.purpose_id });
    } else if (transfer.status === "signed" && outcome.kind !== "rejected")`,
      },
    ],
  },
  {
    name: "release on unknown",
    what: "A funded swap whose status cannot be read is given up, and what was claimed for it is owed again.",
    foundAt: 1,
    foundSmallAt: null,
    edits: [
      {
        file: "src/swaps/swap.ts",
        find: 'not said that it saw it.",\n      next: [',
        replace: 'not said that it saw it.",\n      next: ["rejected", ',
      },
      {
        file: "src/swaps/swap.ts",
        find: 'The provider is at work.",\n      next: [',
        replace: 'The provider is at work.",\n      next: ["rejected", ',
      },
      {
        file: "src/swaps/follow-swap.ts",
        find: "    if (!(error instanceof ProviderError)) throw error;\n    return later(deps, swap, ",
        replace: "    if (!(error instanceof ProviderError)) throw error;\n    return giveUp(deps, swap, ",
      },
      {
        file: "src/swaps/follow-swap.ts",
        find: "function followTold(",
        replace: `
function giveUp(deps: SwapDeps, swap: Swap, reason: string): Promise<void> {
  const cause: Cause = { kind: "provider", ref: reason };
  return inTransaction(deps.db, (tx) => advanceSwap(tx, swap, { to: "rejected", cause, now: deps.clock.now() }));
}

function followTold(`,
      },
    ],
  },
  {
    name: "second swap funded after a lost answer",
    what: "A swap whose funding was sent without an answer counts as unfunded: a second one is made and funded.",
    foundAt: 2,
    foundSmallAt: 2,
    edits: [
      {
        file: "src/swaps/fund-swap.ts",
        find: 'import type { Swap } from "./swap.ts";',
        replace:
          'import { listAttempts } from "../transfers/transfer-store.ts";\nimport type { Swap } from "./swap.ts";',
      },
      {
        file: "src/swaps/fund-swap.ts",
        find: 'transfer.status === "displaced" || transfer.status === "cancelled";',
        replace: `transfer.status === "displaced" || transfer.status === "cancelled" ||
      (await listAttempts(tx, transfer.id)).some((attempt) => attempt.last_answer?.startsWith("unknown"));`,
      },
      {
        file: "src/transfers/broadcast-transfer.ts",
        find: 'import { inTransaction, sql } from "../database/index.ts";',
        replace:
          'import { inTransaction, sql } from "../database/index.ts";\nimport { enqueueNamed } from "../jobs/index.ts";',
      },
      {
        file: "src/transfers/broadcast-transfer.ts",
        find: '    if (transfer.status === "signed" && outcome.kind !== "rejected")',
        replace: `
    if (outcome.kind === "unknown") await enqueueNamed(tx, transfer.done_task, { id: transfer.purpose_id });
    if (transfer.status === "signed" && outcome.kind !== "rejected")`,
      },
    ],
  },
  {
    name: "nonce from latest",
    what: "The next nonce is the chain's count of mined transactions, so two transfers on their way get the same one.",
    foundAt: 1,
    foundSmallAt: 5,
    edits: [
      { file: "src/transfers/take-slot.ts", find: "  return number;", replace: "  return included;" },
      {
        file: "db/migrations/0004_wallets_and_transfers.sql",
        find: "  unique (wallet_id, slot_number),\n",
        replace: "",
      },
      {
        file: "db/migrations/0004_wallets_and_transfers.sql",
        find: "comment on constraint transfer_wallet_id_slot_number_key",
        replace: "-- comment on constraint transfer_wallet_id_slot_number_key",
      },
      {
        file: "src/transfers/end-transfer.ts",
        find: '    await pauseWallet(tx, wallet.id, "nonce_used_elsewhere");\n',
        replace: "",
      },
    ],
  },
  {
    name: "claim without lock",
    what: "A conversion is written down for what is pending, and only then, with no lock, is it marked as claimed.",
    foundAt: 1,
    foundSmallAt: 5,
    edits: [
      {
        file: "db/migrations/0006_swaps_conversions_and_payouts.sql",
        find: "create unique index conversion_one_live",
        replace: "create index conversion_one_live",
      },
      {
        file: "src/conversions/claim-conversion.ts",
        find: "select pg_advisory_xact_lock(",
        replace: "select num_nulls(",
      },
      {
        file: "src/conversions/claim-conversion.ts",
        find: "if (live.rows.length > 0) return null;",
        replace: "",
      },
      {
        file: "src/earnings/convert.ts",
        find: "update earning set status = 'converting', conversion_id = ${claim.conversionId}\n",
        replace: "select amount from earning\n",
      },
      { file: "src/earnings/convert.ts", find: "      returning amount\n    )", replace: "    )" },
      {
        file: "src/conversions/claim-conversion.ts",
        find: "    await postPerPayee(\n",
        replace: "    book = (tx: Tx) => postPerPayee(\n",
      },
      {
        file: "src/conversions/claim-conversion.ts",
        find: "  const conversion = await inTransaction(",
        replace: `
  let book: (tx: Tx) => Promise<void>;
  const conversion = await inTransaction(`,
      },
      {
        file: "src/conversions/claim-conversion.ts",
        find: "  if (conversion)\n    deps.log.info(",
        replace: `
  if (conversion)
    await inTransaction(deps.db, async (tx) => {
      await sql\`
        update earning set status = 'converting', conversion_id = \${id}
        where asset = \${source.id} and status = 'pending' and spendable and payout_id is null and route = 'threshold'
          and (\${trigger.weights} = 'source_amount' or usd_micros is not null)\`.execute(tx);
      await book(tx);
    });
  if (conversion)
    deps.log.info(`,
      },
    ],
  },
  {
    name: "check-then-insert idempotency",
    what: "A payment is booked when a look says that it is not yet, and nothing refuses the second of two that look at once.",
    foundAt: 2,
    foundSmallAt: 5,
    edits: [
      {
        file: "src/intake/process-events.job.ts",
        find: " for update skip locked`",
        replace: "`",
      },
      {
        file: "src/payments/payment-store.ts",
        find: "order by external_id for update`",
        replace: "order by external_id`",
      },
      {
        file: "src/payments/settle-payments.ts",
        find: 'import { derivedId } from "../ids.ts";',
        replace: 'import { derivedId, newId } from "../ids.ts";',
      },
      {
        file: "src/earnings/settle.ts",
        find: 'import { derivedId } from "../ids.ts";',
        replace: 'import { newId } from "../ids.ts";',
      },
      {
        file: "src/earnings/settle.ts",
        find: 'id: derivedId("earning", paymentId, payeeId),',
        replace: "id: newId(),",
      },
      {
        file: "src/payments/settle-payments.ts",
        find: 'id: paymentEntryId(id, "settled"),',
        replace: "id: newId(),",
      },
      {
        file: "db/migrations/0005_payments_and_earnings.sql",
        find: "    where p.status not in ('settled', 'refunded')\n    returning p.id",
        replace: "    returning p.id",
      },
      {
        file: "db/migrations/0005_payments_and_earnings.sql",
        find: "  unique (payment_id, payee_id, part),\n",
        replace: "",
      },
      {
        file: "db/migrations/0005_payments_and_earnings.sql",
        find: "comment on constraint earning_payment_id_payee_id_part_key",
        replace: "-- comment on constraint earning_payment_id_payee_id_part_key",
      },
      {
        file: "db/migrations/0005_payments_and_earnings.sql",
        find: "    on conflict (payment_id, payee_id, part) do nothing\n",
        replace: "",
      },
    ],
  },
  {
    name: "remainder dropped",
    what: "Shares are rounded down, and what that leaves over belongs to nobody.",
    foundAt: 1,
    foundSmallAt: 5,
    edits: [
      {
        file: "src/money/money.ts",
        find: "Number(total - shares.reduce((sum, share) => sum + share.floor, 0n))",
        replace: "0",
      },
      {
        file: "src/earnings/convert.ts",
        find: " + case when r.place <= r.left_over then 1 else 0 end",
        replace: "",
      },
    ],
  },
  {
    name: "refund not booked",
    what: "A swap that gives the money back is marked as refunded, and the coins that came are not booked.",
    foundAt: 3,
    foundSmallAt: null,
    edits: [
      {
        file: "src/swaps/record-end.ts",
        find: "    const wallet = await walletAt(tx, receipt.asset.chain, swap.refund_address);",
        replace: "    return;",
      },
    ],
  },
  {
    name: "reorg ignored",
    what: "A transaction in a block is final, whatever becomes of the block, and nobody looks again.",
    foundAt: 3,
    foundSmallAt: null,
    edits: [
      {
        file: "src/chains/evm/read-transaction.ts",
        find: "final: receipt.blockNumber <= finalNumber,",
        replace: "final: true,",
      },
      {
        file: "src/transfers/recheck-ended.job.ts",
        find: "return tellUndone(deps, transfer, { route, attempts, signal });",
        replace: "return;",
      },
    ],
  },
  {
    name: "id read as written",
    what: "A notice is believed by its signature over the values, and read as it was spelled: one payment becomes many.",
    foundAt: 5,
    foundSmallAt: 5,
    edits: [
      {
        file: "src/providers/nowpayments/webhook.ts",
        find: "if (timingSafeEqual(digestOf(secret, text), given)) return text;",
        replace: "if (timingSafeEqual(digestOf(secret, text), given)) return raw;",
      },
      {
        file: "src/providers/nowpayments/webhook.ts",
        find: "  if (!works)",
        replace: "  if (works === null)",
      },
    ],
  },
  {
    name: "first claimant keeps all",
    what: "Coins that somebody has are theirs for good, whatever evidence another one brings.",
    foundAt: 5,
    foundSmallAt: null,
    edits: [
      {
        file: "src/arrivals/record-receipt.ts",
        find: "    if (holder !== null && !takes(claim, holder)) throw attributedTo(claim, holder);",
        replace: "    if (holder !== null) throw attributedTo(claim, holder);",
      },
    ],
  },
  {
    name: "absence assumed",
    what: "A swap of which nobody can tell whether it reached its payee counts as one that did not, and nobody asks again.",
    foundAt: 75,
    foundSmallAt: null,
    edits: [
      {
        file: "src/swaps/resolve-swap.ts",
        find: 'if (finding.verdict === "absent") {',
        replace: 'if (finding.verdict === "absent" || finding.verdict === "cannot_tell") {',
      },
      {
        file: "src/payouts/advance-payout.job.ts",
        find: '      if (attempt.status === "failed") await railOf(',
        replace: '      if (attempt.status === "succeeded") await railOf(',
      },
      {
        file: "src/swaps/follow-losses.job.ts",
        find: "  if (proved && swap.refund_hash === null",
        replace: "  if (false && proved && swap.refund_hash === null",
      },
    ],
  },
  {
    name: "refund after hold",
    what: "A refund leaves alone what a conversion or payout has of its payment, and nobody takes it back afterwards.",
    foundAt: 5,
    foundSmallAt: 7,
    edits: [
      {
        file: "src/earnings/take-back.ts",
        find: "  if (posting !== null) return bookBack(tx, earning, posting, step);\n",
        replace: "  if (posting !== null) return bookBack(tx, earning, posting, step);\n  return;\n",
      },
      {
        file: "src/payments/payment-desk.ts",
        find: "where p.status = 'refunded' and e.status in",
        replace: "where false and e.status in",
      },
    ],
  },
  {
    name: "delivery hash reused",
    what: "Whatever a transaction paid already, it is taken for the delivery of every payout that it is named for.",
    foundAt: 5,
    foundSmallAt: null,
    edits: [
      {
        file: "src/swaps/payee-delivery.ts",
        find: "  return { used, named: named.filter(",
        replace:
          "  if (used.length >= 0) return { used: [], named: [] };\n  return { used, named: named.filter(",
      },
    ],
  },
  {
    name: "gate skipped",
    what: "A payout goes on before anybody approved it, and the signer asks nobody whether it may.",
    foundAt: 7,
    foundSmallAt: 7,
    edits: [
      {
        file: "src/payouts/authorise-payout.ts",
        find: 'status === "granted" ? ("approved" as const) : ("awaiting_approval" as const)',
        replace: 'status === "granted" ? ("approved" as const) : ("approved" as const)',
      },
      {
        file: "src/payouts/advance-payout.job.ts",
        find: 'return (await payoutWord(tx, payout, now)).kind === "granted";',
        replace: 'return payout.status === "approved";',
      },
      {
        file: "src/engine/transfer-intents.ts",
        find: "return askGate(tx, found.authority, { chain, rail: found.rail, now: clock.now() });",
        replace: 'return { kind: "granted", word: "policy:1" };',
      },
    ],
  },
];
