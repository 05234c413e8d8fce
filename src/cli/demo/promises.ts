import { findNetwork } from "../../chains/index.ts";
import { parseMoney, registry } from "../../money/index.ts";
import type { DemoReport } from "./report.ts";

type Conversion = DemoReport["conversions"][number];

/** What the demo promises, and whether its report keeps it. */
export function promisesOf(report: DemoReport): [string, boolean][] {
  const { payments, direct, conversions, ledger } = report;
  const chains = new Set(direct.received.map(({ asset }) => registry.get(asset).chain));
  const onEvm = direct.received.filter(
    ({ asset }) => findNetwork(registry.get(asset).chain)?.family === "evm",
  );
  const unfunded = conversions.reduce((sum, { unfunded_exchanges }) => sum + unfunded_exchanges, 0);
  return [
    ["at least 20 payments, all settled", payments.received >= 20 && payments.settled === payments.received],
    [
      "a duplicate notice changed nothing, an underpaid order is only partially paid",
      payments.duplicates >= 1 && payments.underpaid === 1,
    ],
    [
      "straight on chain: five networks, every payment found and settled, what was short topped up",
      chains.size === 5 &&
        direct.received.length === 7 &&
        direct.received.every((row) => row.settled === row.payments),
    ],
    [
      "what was overpaid is kept for the payer; a token that calls itself USDT paid nothing",
      direct.surplus.amount !== "0" &&
        direct.refused.reason === "wrong_asset" &&
        direct.refused.order_status === "open",
    ],
    [
      "the payers' coins on both EVM chains gathered in our wallet",
      onEvm.length === 4 && onEvm.every((row) => row.gathered === row.payments),
    ],
    [
      "one swap for each coin, none for USDT, and the exchange of the lost answer stayed unfunded",
      unfunded === 1 &&
        conversions.length === 4 &&
        conversions.every(({ source, target, swaps }) => swaps === (source.asset === target.asset ? 0 : 1)),
    ],
    ["shares sum to what arrived, to the last base unit", conversions.every(sharesAreExact)],
    ["one payee paid directly, one through a swap, hashes recorded", routesArePaid(report)],
    ["ledger balanced, sealed and verified", ledger.balanced && ledger.verified],
    ["wallets equal to the book", report.wallets.every((wallet) => wallet.booked === wallet.on_chain)],
    ["no differences", report.differences.length === 0],
  ];
}

function sharesAreExact({ shares, target }: Conversion): boolean {
  const asset = registry.get(target.asset);
  const units = (amount: string): bigint => parseMoney(amount, asset).amount;
  return shares.reduce((sum, share) => sum + units(share.amount), 0n) === units(target.amount);
}

const routesArePaid = ({ payouts }: DemoReport): boolean =>
  payouts.every((payout) => payout.status === "completed" && payout.transaction_hash !== null) &&
  ["direct", "swap"].every((route) => payouts.some((payout) => payout.route === route));
