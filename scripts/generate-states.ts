// Writes docs/states.md: every status of every long-lived thing, from the rooms' own transition tables.
import { writeFileSync } from "node:fs";
import { format } from "prettier";
import { conversionTransitions, conversionWaits } from "../src/conversions/index.ts";
import { earningTransitions, earningWaits } from "../src/earnings/index.ts";
import { orderTransitions, orderWaits } from "../src/orders/index.ts";
import { claimTransitions, claimWaits, depositTransitions, depositWaits } from "../src/deposits/index.ts";
import { eventTransitions, eventWaits, paymentTransitions, paymentWaits } from "../src/payments/index.ts";
import { sweepTransitions, sweepWaits } from "../src/gathering/index.ts";
import {
  payoutAttemptTransitions,
  payoutAttemptWaits,
  payoutTransitions,
  payoutWaits,
} from "../src/payouts/index.ts";
import { swapTransitions, swapWaits } from "../src/swaps/index.ts";
import { transferTransitions, transferWaits } from "../src/transfers/index.ts";
import type { Wait } from "../src/lifecycle/index.ts";
import { isMain } from "./is-main.ts";

export interface StateTable {
  readonly thing: string;
  readonly table: string;
  /** Statuses that a new row may have. */
  readonly starts: readonly string[];
  readonly next: Readonly<Record<string, readonly string[]>>;
  /** Statuses that are meant to be left by nothing. */
  readonly ends: readonly string[];
  /** What each status waits for; the others are at rest. */
  readonly waits: Readonly<Partial<Record<string, Wait>>>;
  /** What each status means. */
  readonly texts: Readonly<Record<string, string>>;
  readonly note: string;
}

/** Checks that every status of a room has its words, and forgets which room it was. */
const describe = <Status extends string>(table: {
  thing: string;
  table: string;
  starts: readonly Status[];
  next: Readonly<Record<Status, readonly Status[]>>;
  ends: readonly Status[];
  waits: Readonly<Partial<Record<Status, Wait>>>;
  texts: Readonly<Record<Status, string>>;
  note: string;
}): StateTable => table;

export const stateTables: readonly StateTable[] = [
  describe({
    thing: "order",
    table: "pay_order",
    starts: ["open"],
    next: orderTransitions,
    waits: orderWaits,
    ends: ["refunded"],
    note: "What customers paid decides; it is summed anew from the order's payments whenever one of them changes.",
    texts: {
      open: "Nothing has been paid yet.",
      partially_paid: "Something was paid, less than the price less its tolerance.",
      paid: "Paid. A refund may still undo it.",
      expired: "Not paid in time. A late payment still completes it.",
      refunded: "Every payment of it was refunded.",
    },
  }),
  describe({
    thing: "payment",
    table: "payment",
    starts: ["waiting", "confirming", "confirmed", "settled", "rejected", "expired", "in_review", "refunded"],
    next: paymentTransitions,
    waits: paymentWaits,
    ends: ["refunded", "reversed"],
    note: "Events come late, twice and out of order, so a payment may begin with any of them; news that is no legal step is kept and changes nothing.",
    texts: {
      waiting: "The processor waits for the customer's coins.",
      confirming: "The processor has seen coins that are not confirmed.",
      confirmed: "Confirmed; the processor has not told what it settles to us.",
      expired: "Nothing came in time. A late deposit is still taken.",
      rejected: "The processor calls it failed. Its support may revive it.",
      in_review: "Money that no order explains (booked to suspense), or a settlement we cannot read.",
      settled: "Booked: fee and earnings exist. A refund may still undo it.",
      refunded: "The processor gave it back; fee and earnings are reversed.",
      reversed: "A reorganisation took its deposit off the chain; fee and earnings are reversed.",
    },
  }),
  describe({
    thing: "deposit",
    table: "deposit",
    starts: ["confirming"],
    next: depositTransitions,
    waits: depositWaits,
    ends: ["refunded"],
    note: "One transfer to an address of ours on a chain, under (chain, transaction hash, index). Until it is final, the chain may take it back; then whatever was booked of it is taken back too.",
    texts: {
      confirming: "In a block, not deep enough yet for its value; or no source tells its price.",
      credited: "Booked for its order: as a payment, as surplus, or both.",
      in_review:
        "Its coins are in suspense, and a person must decide: no order, another asset or chain, too old, late.",
      ignored: "Dust, or coins that we moved ourselves.",
      reversed: "A reorganisation took it. Should it come again, it starts anew.",
      refunded: "Sent back to the payer.",
    },
  }),
  describe({
    thing: "payment claim",
    table: "payment_claim",
    starts: ["waiting"],
    next: claimTransitions,
    waits: claimWaits,
    ends: [],
    note: "A payer's word that they paid, with a hash. Only what is final on the chain disproves it.",
    texts: {
      waiting: "Not found yet, not confirmed yet, or the chain cannot be read now.",
      accepted: "Its deposit is booked for the order.",
      in_review: "Its deposit is in review, or nobody can prove what the transaction moved.",
      rejected: "The chain disproves it, with a reason; it may be told again.",
    },
  }),
  describe({
    thing: "sweep",
    table: "deposit_sweep",
    starts: ["waiting"],
    next: sweepTransitions,
    waits: sweepWaits,
    ends: ["swept", "failed"],
    note: "One gathering of what lies at a derived address in one asset, into the hot wallet. At most one is live per address and asset, and at most one moves coins of an address; unique indexes say so.",
    texts: {
      waiting: "Its fees are compared with the coins' value. reason says why it is put off.",
      waiting_for_gas: "Native coin for its fee is on its way from the hot wallet.",
      sending: "The transfer of the coins is planned or under way.",
      swept: "The coins are final in the hot wallet; the payments' earnings can be spent.",
      failed: "Nothing was gathered, for certain; reason says why. The next sweep takes its deposits.",
    },
  }),
  describe({
    thing: "inbound event",
    table: "processor_event",
    starts: ["received"],
    next: eventTransitions,
    waits: eventWaits,
    ends: [],
    note: "Every event is kept as it came and can be replayed, so none of its statuses is left for ever.",
    texts: {
      received: "Stored and acknowledged, not processed yet.",
      processed: "It did what it says.",
      ignored: "It changed nothing: late, said before, about something else, or dismissed by an operator.",
      unmatched: "Money that no order explains: its payment is in review.",
      in_review: "It cannot be read or believed as it stands, or processing it failed too often.",
    },
  }),
  describe({
    thing: "earning",
    table: "earning",
    starts: ["pending"],
    next: earningTransitions,
    waits: earningWaits,
    ends: ["reversed"],
    note: "One payee's part of one payment. Steps are described here, not enforced by a table in code; the invariant checks compare the sums with the accounts.",
    texts: {
      pending: "Owed in the asset received. Waits for its coins to be in our wallet, then for a conversion.",
      converting: "Claimed by a conversion under way.",
      available: "Payable, in the settlement asset.",
      held: "Part of a payout under way.",
      paid: "Paid out. A refund of its payment makes it recoverable.",
      reversed: "Taken back, because its payment was refunded.",
    },
  }),
  describe({
    thing: "conversion",
    table: "conversion",
    starts: ["claimed"],
    next: conversionTransitions,
    waits: conversionWaits,
    ends: ["distributed", "released"],
    note: "At most one is live per source asset; a unique index says so.",
    texts: {
      claimed: "All pending earnings of one asset are claimed; no swap yet.",
      swapping: "A swap is under way, or the next one is about to start.",
      distributed: "What arrived was given to the earnings, to the last base unit.",
      released: "The claim was given back: its earnings are pending again.",
    },
  }),
  describe({
    thing: "swap",
    table: "swap",
    starts: ["quoted"],
    next: swapTransitions,
    waits: swapWaits,
    ends: ["delivered", "refunded", "expired", "rejected", "written_off"],
    note: "in_review is shown to a person and followed all the same: whatever the provider or the chain says next may end it.",
    texts: {
      quoted: "Planned. A quote is asked for and the exchange created.",
      created: "The provider has the exchange, checked against what we asked for.",
      funding: "Our one transfer to its deposit address is planned or under way.",
      funded: "Our transfer is final; the provider has not said that it saw it.",
      exchanging: "The provider is at work.",
      on_hold: "The provider checks, or wants something from us.",
      refunding: "The provider says it refunded; our chain does not show it final.",
      in_review:
        "Expired or failed there after funding, past its deadline, or not what we asked for and therefore not funded.",
      delivered: "A conversion's: seen final in our wallet. A payout's: reported with a hash.",
      refunded: "Seen back in our wallet; a shortfall is our variance.",
      expired: "Never funded, for certain.",
      written_off: "Given up by an operator after asking provider and chain; what was sent is our variance.",
      rejected: "The provider refuses it, or we gave up before anything was created.",
    },
  }),
  describe({
    thing: "transfer",
    table: "transfer",
    starts: ["planned"],
    next: transferTransitions,
    waits: transferWaits,
    ends: ["final", "reverted", "displaced", "cancelled"],
    note: "A replacement with higher fees is a further attempt of the same transfer, not a status. Only the chain ends a signed one.",
    texts: {
      planned: "Decided; not signed. waiting_reason says why not yet.",
      signed: "Bytes, hash and slot are stored; not sent as far as we know.",
      broadcast: "A node took it.",
      included: "In a block that may still be reorganised away.",
      in_review: "Past its deadline, would revert, or the ledger refused it. Followed all the same.",
      final: "Succeeded in a final block, and booked.",
      reverted: "Failed in a final block; only its fee was spent.",
      displaced: "Another transaction used its slot for good: it was never sent.",
      cancelled: "Withdrawn before it was signed.",
    },
  }),
  describe({
    thing: "payout",
    table: "payout",
    starts: ["requested"],
    next: payoutTransitions,
    waits: payoutWaits,
    ends: ["completed", "failed"],
    note: "No policy exists yet, so requested becomes approved in the transaction that creates it.",
    texts: {
      requested: "Earnings are held for it.",
      approved: "May leave; its next attempt starts as soon as it has a route.",
      sending: "An attempt is under way.",
      sent: "By swap: our coins are at the provider, the payee's are not there yet.",
      in_review:
        "The transfer reverted, the attempts are used up, or its transfer or swap is in review. The hold stays.",
      completed: "The payee has it; the hash is kept.",
      failed: "Nothing left us, for certain; the balance is the payee's again.",
    },
  }),
  describe({
    thing: "payout attempt",
    table: "payout_attempt",
    starts: ["sending"],
    next: payoutAttemptTransitions,
    waits: payoutAttemptWaits,
    ends: ["succeeded", "failed"],
    note: "One try of a payout by one route. At most one is live per payout; a unique index says so.",
    texts: {
      sending: "Its transfer or swap is under way.",
      succeeded: "It reached the payee.",
      failed: "It did not, for certain; outcome says why.",
    },
  }),
];

const day = 24 * 3_600_000;
const duration = (ms: number): string =>
  ms % day === 0 && ms > day ? `${ms / day} days` : `${ms / 3_600_000} h`;

function row(table: StateTable, status: string, steps: readonly string[]): string {
  const { starts, ends, waits, texts } = table;
  const mark = starts.includes(status) && starts.length === 1 ? " (start)" : "";
  const after = ends.includes(status) ? "– (end)" : steps.join(", ");
  const wait = waits[status];
  const waiting = wait ? [wait.owner, duration(wait.deadlineMs), wait.nextAction] : ["–", "–", "–"];
  return `| ${[`\`${status}\`${mark}`, texts[status], ...waiting, after].join(" | ")} |`;
}

function section(table: StateTable): string {
  const { thing, note } = table;
  const heading = `## ${thing.charAt(0).toUpperCase()}${thing.slice(1)} (\`${table.table}\`)`;
  const rows = Object.entries(table.next).map(([status, steps]) => row(table, status, steps));
  return [
    heading,
    "",
    note,
    "",
    "| Status | Meaning | Owner | Deadline | At its next check | Next |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

/** The text of docs/states.md. */
export const renderStates = (): Promise<string> =>
  format(
    [
      "# States",
      "<!-- Generated by scripts/generate-states.ts from the transition tables of the rooms. Do not edit. -->",
      "Every step is one database transaction that moves the status, writes a line of `status_change` with its cause (earnings " +
        "apart, which move by the thousand), posts " +
        "its journal entry and enqueues the next job. `tests/states.test.ts` walks these tables and compares them with the " +
        "database's own constraints.",
      "A status that waits has an **owner**, whose turn it is, and a **deadline** from its entry (an order's from its expiry). " +
        "Its row has a **next check**: the sweepers look each minute for what passed it. What passes its deadline, and whatever " +
        "is in review, appears on the recovery desk (`spillway review list`). Statuses without an owner are at rest.",
      ...stateTables.map(section),
    ].join("\n\n"),
    { parser: "markdown", printWidth: 110 },
  );

if (isMain(import.meta.url))
  writeFileSync(new URL("../docs/states.md", import.meta.url), await renderStates());
