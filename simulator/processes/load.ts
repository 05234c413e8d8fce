import { setTimeout as sleep } from "node:timers/promises";
import type { PayRequest } from "../../sandbox/index.ts";
import { inventAddress } from "../../sandbox/coins.ts";
import type { Random } from "../random.ts";
import type { EngineWorld } from "./engine-world.ts";

/** The ways there are to be paid: direct and by swap, gathered and at once. */
const ways = [
  { name: "gathers-tether", mode: "threshold", asset: "ethereum:USDT", family: "evm" },
  { name: "ether-at-once", mode: "instant", asset: "ethereum:ETH", family: "evm" },
  { name: "gathers-for-tron", mode: "threshold", asset: "tron:USDT", family: "tron" },
  { name: "tron-at-once", mode: "instant", asset: "tron:USDT", family: "tron" },
  { name: "gathers-too", mode: "threshold", asset: "ethereum:USDT", family: "evm" },
  { name: "coins-at-once", mode: "instant", asset: "ethereum:USDC", family: "evm" },
] as const;
/** Several of each: what is owed to one payee at the same time leaves in one payout. */
const payeeCount = 4 * ways.length;

const customersCoins = ["btc", "eth", "usdttrc20", "ltc", "usdterc20", "sol"] as const;
const shares = [[10_000], [6_000, 4_000], [5_000, 5_000], [4_000, 3_000, 3_000]] as const;

/** What one customer does. */
export interface Visit {
  /** After the beginning. */
  readonly atMs: number;
  readonly priceUsd: string;
  readonly payees: readonly { readonly index: number; readonly shareBps: number }[];
  readonly payment: Pick<PayRequest, "payCurrency" | "fraction" | "overpay" | "ipn">;
  /** The processor sends its last notice once more. */
  readonly toldAgain: boolean;
}

function drawPayment(random: Random): Visit["payment"] {
  const payCurrency = random.pick(customersCoins);
  const ipn = random.pick(["in_order", "in_order", "in_order", "duplicated", "reversed", "lost"] as const);
  if (random.chance(0.05)) return { payCurrency, ipn, fraction: "0.8" };
  if (random.chance(0.05)) return { payCurrency, ipn, overpay: "0.2" };
  return { payCurrency, ipn };
}

/** Who comes when, and what they pay with. */
export function drawVisits(random: Random, count: number, withinMs: number): Visit[] {
  return Array.from({ length: count }, () => {
    const chosen = random.pick(shares);
    const first = random.below(payeeCount);
    return {
      atMs: random.below(withinMs),
      // Large enough that no share is eaten by the fee of the swap that pays it out: such a payout would wait for a day.
      priceUsd: `${80 + random.below(60)}.${10 + random.below(90)}`,
      payees: chosen.map((shareBps, index) => ({ index: (first + index) % payeeCount, shareBps })),
      payment: drawPayment(random),
      toldAgain: random.chance(0.2),
    };
  }).toSorted((a, b) => a.atMs - b.atMs);
}

/** Makes payees of every kind. @returns their ids, in the order visits name them */
export async function createPayees({ client }: EngineWorld): Promise<string[]> {
  const ids: string[] = [];
  for (let number = 0; number < payeeCount; number++) {
    const { name: way, mode, asset, family } = ways[number % ways.length]!;
    const name = `${way}-${number}`;
    const { id } = await client.ask<{ id: string }>("POST", "/v1/payees", {
      external_id: name,
      name,
      payout_mode: mode,
      destination: { asset, address: inventAddress(family, `simulator/${name}`) },
      payout_threshold: { asset: "ethereum:USDT", amount: "25" },
    });
    ids.push(id);
  }
  return ids;
}

/** The invoice that the engine asked the processor for, once it has. */
async function awaitInvoice({ sandbox }: EngineWorld, orderId: string, signal: AbortSignal): Promise<string> {
  for (;;) {
    const invoice = sandbox.nowpayments.invoices().find((one) => one.orderId === orderId);
    if (invoice) return invoice.id;
    await sleep(100, undefined, { signal });
  }
}

/** One customer: an order through the API, a payment at the processor. Resolves when the processor has told of it. */
async function visit(
  world: EngineWorld,
  { number, what, payeeIds }: { number: number; what: Visit; payeeIds: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const order = await world.client.ask<{ id: string }>("POST", "/v1/orders", {
    external_id: `order-${number}`,
    price_usd: what.priceUsd,
    splits: what.payees.map(({ index, shareBps }) => ({ payee_id: payeeIds[index], share_bps: shareBps })),
  });
  const invoiceId = await awaitInvoice(world, order.id, signal);
  const { nowpayments } = world.sandbox;
  const payment = await nowpayments.pay({ invoiceId, ...what.payment });
  await payment.settled;
  if (what.toldAgain) await nowpayments.duplicateIpn(payment.paymentId);
}

/** Lets every customer come at their time. Resolves when all have paid and been told of. */
export async function letCustomersCome(
  world: EngineWorld,
  visits: readonly Visit[],
  signal: AbortSignal,
  onPaid: () => void,
): Promise<void> {
  const payeeIds = await createPayees(world);
  await Promise.all(
    visits.map(async (what, index) => {
      await sleep(what.atMs, undefined, { signal });
      await visit(world, { number: index + 1, what, payeeIds }, signal);
      onPaid();
    }),
  );
}
