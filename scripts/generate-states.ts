// Writes docs/states.md: every status of every long-lived thing, from the rooms' own transition tables.
import { writeFileSync } from "node:fs";
import { format } from "prettier";
import { conversionTransitions } from "../src/conversions/index.ts";
import { orderTransitions } from "../src/orders/index.ts";
import { paymentTransitions } from "../src/payments/index.ts";
import { payoutTransitions } from "../src/payouts/index.ts";
import { swapTransitions } from "../src/swaps/index.ts";
import { transferTransitions } from "../src/transfers/index.ts";
import { isMain } from "./is-main.ts";

type Owner = "payer" | "system" | "processor" | "swap provider" | "chain" | "operator" | "–";

interface StatusText {
  /** Whose turn it is. */
  readonly owner: Owner;
  readonly meaning: string;
}

export interface StateTable {
  readonly thing: string;
  readonly table: string;
  /** Statuses that a new row may have. */
  readonly starts: readonly string[];
  readonly next: Readonly<Record<string, readonly string[]>>;
  /** Statuses that are meant to be left by nothing. */
  readonly ends: readonly string[];
  readonly texts: Readonly<Record<string, StatusText>>;
  readonly note: string;
}

/** Checks that every status of a room has its words, and forgets which room it was. */
const describe = <Status extends string>(table: {
  thing: string;
  table: string;
  starts: readonly Status[];
  next: Readonly<Record<Status, readonly Status[]>>;
  ends: readonly Status[];
  texts: Readonly<Record<Status, StatusText>>;
  note: string;
}): StateTable => table;

/** Earnings move in whole sets, by one SQL statement each, so their steps are no table in code. This is what those do. */
const earningSteps = {
  pending: ["converting", "held", "reversed"],
  converting: ["available", "pending"],
  available: ["held", "reversed"],
  held: ["paid", "available", "pending"],
  paid: ["reversed"],
  reversed: [],
} as const;

const attemptSteps = { sending: ["succeeded", "failed"], succeeded: [], failed: [] } as const;

export const stateTables: readonly StateTable[] = [
  describe({
    thing: "order",
    table: "pay_order",
    starts: ["open"],
    next: orderTransitions,
    ends: ["refunded"],
    note: "What customers paid decides; it is summed anew from the order's payments whenever one of them changes.",
    texts: {
      open: { owner: "payer", meaning: "Nothing has been paid yet." },
      partially_paid: {
        owner: "payer",
        meaning: "Something was paid, less than the price less its tolerance.",
      },
      paid: { owner: "–", meaning: "Paid. A refund may still undo it." },
      expired: { owner: "payer", meaning: "Not paid in time. A late payment still completes it." },
      refunded: { owner: "–", meaning: "Every payment of it was refunded." },
    },
  }),
  describe({
    thing: "payment",
    table: "payment",
    starts: ["waiting", "confirming", "confirmed", "settled", "rejected", "expired", "in_review", "refunded"],
    next: paymentTransitions,
    ends: ["refunded"],
    note: "Events come late, twice and out of order, so a payment may begin with any of them; news that is no legal step is kept and changes nothing.",
    texts: {
      waiting: { owner: "payer", meaning: "The processor waits for the customer's coins." },
      confirming: { owner: "chain", meaning: "The processor has seen coins that are not confirmed." },
      confirmed: {
        owner: "processor",
        meaning: "Confirmed; the processor has not told what it settles to us.",
      },
      expired: { owner: "payer", meaning: "Nothing came in time. A late deposit is still taken." },
      rejected: {
        owner: "processor",
        meaning: "The processor calls it failed. Its support may revive it.",
      },
      in_review: {
        owner: "operator",
        meaning: "Money that no order explains (booked to suspense), or a settlement we cannot read.",
      },
      settled: { owner: "system", meaning: "Booked: fee and earnings exist. A refund may still undo it." },
      refunded: { owner: "–", meaning: "The processor gave it back; fee and earnings are reversed." },
    },
  }),
  describe({
    thing: "earning",
    table: "earning",
    starts: ["pending"],
    next: earningSteps,
    ends: ["reversed"],
    note: "One payee's part of one payment. Steps are described here, not enforced by a table in code; the invariant checks compare the sums with the accounts.",
    texts: {
      pending: {
        owner: "system",
        meaning:
          "Owed in the asset received. Waits for its coins to be in our wallet, then for a conversion.",
      },
      converting: { owner: "system", meaning: "Claimed by a conversion under way." },
      available: { owner: "system", meaning: "Payable, in the settlement asset." },
      held: { owner: "system", meaning: "Part of a payout under way." },
      paid: { owner: "–", meaning: "Paid out. A refund of its payment makes it recoverable." },
      reversed: { owner: "–", meaning: "Taken back, because its payment was refunded." },
    },
  }),
  describe({
    thing: "conversion",
    table: "conversion",
    starts: ["claimed"],
    next: conversionTransitions,
    ends: ["distributed", "released"],
    note: "At most one is live per source asset; a unique index says so.",
    texts: {
      claimed: { owner: "system", meaning: "All pending earnings of one asset are claimed; no swap yet." },
      swapping: { owner: "system", meaning: "A swap is under way, or the next one is about to start." },
      distributed: { owner: "–", meaning: "What arrived was given to the earnings, to the last base unit." },
      released: { owner: "–", meaning: "The claim was given back: its earnings are pending again." },
    },
  }),
  describe({
    thing: "swap",
    table: "swap",
    starts: ["quoted"],
    next: swapTransitions,
    ends: ["delivered", "refunded", "expired", "rejected"],
    note: "in_review is shown to a person and followed all the same: whatever the provider or the chain says next may end it.",
    texts: {
      quoted: { owner: "system", meaning: "Planned. A quote is asked for and the exchange created." },
      created: {
        owner: "system",
        meaning: "The provider has the exchange, checked against what we asked for.",
      },
      funding: {
        owner: "system",
        meaning: "Our one transfer to its deposit address is planned or under way.",
      },
      funded: {
        owner: "swap provider",
        meaning: "Our transfer is final; the provider has not said that it saw it.",
      },
      exchanging: { owner: "swap provider", meaning: "The provider is at work." },
      on_hold: { owner: "swap provider", meaning: "The provider checks, or wants something from us." },
      refunding: {
        owner: "swap provider",
        meaning: "The provider says it refunded; our chain does not show it final.",
      },
      in_review: {
        owner: "operator",
        meaning:
          "Expired or failed there after funding, past its deadline, or not what we asked for and therefore not funded.",
      },
      delivered: {
        owner: "–",
        meaning: "A conversion's: seen final in our wallet. A payout's: reported with a hash.",
      },
      refunded: { owner: "–", meaning: "Seen back in our wallet; a shortfall is our variance." },
      expired: { owner: "–", meaning: "Never funded, for certain." },
      rejected: {
        owner: "–",
        meaning: "The provider refuses it, or we gave up before anything was created.",
      },
    },
  }),
  describe({
    thing: "transfer",
    table: "transfer",
    starts: ["planned"],
    next: transferTransitions,
    ends: ["final", "reverted", "displaced", "cancelled"],
    note: "A replacement with higher fees is a further attempt of the same transfer, not a status. Only the chain ends a signed one.",
    texts: {
      planned: { owner: "system", meaning: "Decided; not signed. waiting_reason says why not yet." },
      signed: { owner: "system", meaning: "Bytes, hash and nonce are stored; not sent as far as we know." },
      broadcast: { owner: "chain", meaning: "A node took it." },
      included: { owner: "chain", meaning: "In a block that may still be reorganised away." },
      in_review: {
        owner: "operator",
        meaning: "Past its deadline, would revert, or the ledger refused it. Followed all the same.",
      },
      final: { owner: "–", meaning: "Succeeded in a final block, and booked." },
      reverted: { owner: "–", meaning: "Failed in a final block; only its fee was spent." },
      displaced: { owner: "–", meaning: "Another transaction used its nonce for good: it was never sent." },
      cancelled: { owner: "–", meaning: "Withdrawn before it was signed." },
    },
  }),
  describe({
    thing: "payout",
    table: "payout",
    starts: ["requested"],
    next: payoutTransitions,
    ends: ["completed", "failed"],
    note: "No policy exists yet, so requested becomes approved in the transaction that creates it.",
    texts: {
      requested: { owner: "system", meaning: "Earnings are held for it." },
      approved: { owner: "system", meaning: "May leave; its next attempt starts as soon as it has a route." },
      sending: { owner: "system", meaning: "An attempt is under way." },
      sent: {
        owner: "swap provider",
        meaning: "By swap: our coins are at the provider, the payee's are not there yet.",
      },
      in_review: {
        owner: "operator",
        meaning:
          "The transfer reverted, the attempts are used up, or its transfer or swap is in review. The hold stays.",
      },
      completed: { owner: "–", meaning: "The payee has it; the hash is kept." },
      failed: { owner: "–", meaning: "Nothing left us, for certain; the balance is the payee's again." },
    },
  }),
  describe({
    thing: "payout attempt",
    table: "payout_attempt",
    starts: ["sending"],
    next: attemptSteps,
    ends: ["succeeded", "failed"],
    note: "One try of a payout by one route. At most one is live per payout; a unique index says so.",
    texts: {
      sending: { owner: "system", meaning: "Its transfer or swap is under way." },
      succeeded: { owner: "–", meaning: "It reached the payee." },
      failed: { owner: "–", meaning: "It did not, for certain; outcome says why." },
    },
  }),
];

function section({ thing, table, starts, next, ends, texts, note }: StateTable): string {
  const heading = `## ${thing.charAt(0).toUpperCase()}${thing.slice(1)} (\`${table}\`)`;
  const rows = Object.entries(next).map(([status, steps]) => {
    const marks = starts.includes(status) && starts.length === 1 ? " (start)" : "";
    const after = ends.includes(status) ? "– (end)" : steps.join(", ");
    const { owner, meaning } = texts[status]!;
    return `| \`${status}\`${marks} | ${meaning} | ${owner} | ${after} |`;
  });
  return [
    heading,
    "",
    note,
    "",
    "| Status | Meaning | Whose turn | Next |",
    "| --- | --- | --- | --- |",
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
      ...stateTables.map(section),
    ].join("\n\n"),
    { parser: "markdown", printWidth: 110 },
  );

if (isMain(import.meta.url))
  writeFileSync(new URL("../docs/states.md", import.meta.url), await renderStates());
