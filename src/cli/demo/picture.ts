import { parseMoney, registry } from "../../money/index.ts";
import { facts, shorten, table } from "../screen.ts";
import { promisesOf } from "./promises.ts";
import type { DemoReport } from "./report.ts";
import type { Amount, DemoPayee } from "./story.ts";

const money = ({ asset, amount }: Amount): string => `${amount} ${asset}`;
const units = ({ asset, amount }: Amount): bigint => parseMoney(amount, registry.get(asset)).amount;
const indent = (lines: string): string => lines.replaceAll(/^(?=.)/gm, "  ");
const barWidth = 40n;

/** The report as a person reads it, at most 100 columns wide, and whether all that the demo promises holds. */
export function summarise(
  report: DemoReport,
  payees: readonly DemoPayee[],
): { text: string; holds: boolean } {
  const promises = promisesOf(report);
  const sections: [string, string][] = [
    ["IN", describeIncome(report)],
    ["CONVERTED, and shared out to the last unit", describeConversions(report, payees)],
    ["PAID OUT", describePayouts(report, payees)],
    ["THE BOOKS AND THE WORLD", describeBooks(report)],
    [
      "PROMISES",
      [
        ...report.differences.map((difference) => `DIFFERENCE ${difference}`),
        ...promises.map(([promise, kept]) => `${kept ? "✓" : "✗ BROKEN:"} ${promise}`),
      ].join("\n"),
    ],
  ];
  const text = [
    `The whole story, in ${report.seconds} s`,
    ...sections.map(([title, body]) => `${title}\n${indent(body)}`),
  ].join("\n\n");
  return { text, holds: promises.every(([, kept]) => kept) };
}

function describeIncome({ payments, direct, fees }: DemoReport): string {
  const settled = direct.received.map(
    (row) =>
      [
        "straight on chain",
        `${money(row)}, ${row.gathered === row.payments ? "gathered in our wallet" : "at the payer's address: we do not send there yet"}`,
      ] as const,
  );
  return facts([
    ["customers paid", `${payments.paid_usd} USD, in ${payments.received} payments`],
    ["told twice", `${payments.duplicates} notice, booked once`],
    ["paid too little", `${payments.underpaid} order, waiting for its rest`],
    ...settled,
    ["paid too much", `${money(direct.surplus)}, kept for the payer`],
    ...fees.map((fee) => ["our fee", money(fee)] as const),
  ]);
}

const describeConversions = ({ conversions }: DemoReport, payees: readonly DemoPayee[]): string =>
  conversions
    .map(({ source, target, rate, swaps, shares }) =>
      [
        `${money(source)} ──▶ ${money(target)}   ${swaps === 0 ? "no swap needed" : `one swap, at ${rate.slice(0, 12)}`}`,
        ...shares.map(({ payee_id: payeeId, amount }) => {
          const share = { asset: target.asset, amount };
          const bar = "█".repeat(Number((units(share) * barWidth) / units(target)));
          return `  ${nameOf(payees, payeeId).padEnd(8)}${bar.padEnd(Number(barWidth) / 2 + 4)}${amount.padStart(14)}`;
        }),
      ].join("\n"),
    )
    .join("\n");

const describePayouts = ({ payouts }: DemoReport, payees: readonly DemoPayee[]): string =>
  payouts
    .map(
      ({ payee_id: payeeId, asset, amount, route, status, delivered, transaction_hash: hash }) =>
        `${nameOf(payees, payeeId).padEnd(8)}${money({ asset, amount })} ──▶ ${delivered === null ? status : money(delivered)}   ${route === "swap" ? "by a swap" : route}   ${hash === null ? "no hash" : shorten(hash)}`,
    )
    .join("\n");

const describeBooks = ({ wallets, ledger }: DemoReport): string =>
  [
    table([
      ["asset", "booked", "on chain", "addresses"],
      ...wallets.map((wallet) => [wallet.asset, wallet.booked, wallet.on_chain, String(wallet.addresses)]),
    ]),
    `${ledger.entries} entries, ${ledger.balanced ? "balanced" : "NOT BALANCED"}, ${ledger.verified ? "sealed and verified" : "NOT VERIFIED"}`,
  ].join("\n");

const nameOf = (payees: readonly DemoPayee[], id: string): string =>
  payees.find((payee) => payee.id === id)?.name ?? id;
