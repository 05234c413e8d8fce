import type { Schemas } from "../../../client/index.ts";
import { sandboxChains, type SandboxChain } from "../../../sandbox/index.ts";
import { formatUnits, parseMoney, registry } from "../../money/index.ts";
import type { Amount, DemoPayee, Teller } from "./story.ts";
import { waitFor } from "./wait-for.ts";

/** What customers do who pay straight on chain. Each price is above the conversion trigger where its coin can be converted. */
const purchases = [
  { asset: "ethereum:USDT", price: "24.00", how: "told" },
  { asset: "ethereum:ETH", price: "35.00", how: "watched" },
  { asset: "bnb-smart-chain:USDT", price: "28.00", how: "watched" },
  { asset: "bnb-smart-chain:BNB", price: "26.00", how: "overpaid" },
  { asset: "solana:USDC", price: "12.50", how: "watched" },
  { asset: "tron:USDT", price: "16.00", how: "underpaid" },
  { asset: "aptos:USDT", price: "9.90", how: "watched" },
  { asset: "tron:USDT", price: "50.00", how: "fake" },
] as const;

export const directCustomers = purchases.length;

/** Chains whose coins we send on from the payers' addresses. */
export const gatheredChains: readonly string[] = ["ethereum", "bnb-smart-chain"];

type Quote = Schemas["Quote"];
type Order = Schemas["OrderWithQuotes"];
type Claim = Schemas["PaymentClaim"];
type DirectPayment = Schemas["Payment"];

export interface DirectOutcome {
  /** What was paid beyond the price, and kept for the payer. */
  readonly surplus: Amount;
  /** What became of the token that only called itself USDT. */
  readonly refused: { readonly reason: string; readonly order_status: string };
}

/** Everybody orders, then pays on the chain of their coin. Returns when each is paid, refused, or topped up. */
export async function payOnChain(teller: Teller, payees: readonly DemoPayee[]): Promise<DirectOutcome> {
  const [ada, bruno, chloe] = payees;
  const splits = [
    { payee_id: ada!.id, share_bps: 5_000 },
    { payee_id: bruno!.id, share_bps: 3_333 },
    { payee_id: chloe!.id, share_bps: 1_667 },
  ];
  const outcomes = await Promise.all(
    purchases.map(async ({ asset, price, how }) => {
      const order = await teller.api.post("/v1/orders", {
        body: {
          purpose: "subscription",
          description: "Channel, paid on chain",
          price_usd: price,
          splits,
          accept_assets: [asset],
        },
      });
      return ways[how](teller, order, order.direct_payment[0]!);
    }),
  );
  const found = Object.assign({}, ...outcomes) as Partial<DirectOutcome>;
  if (!found.surplus || !found.refused) throw new Error("A customer on chain did not do what the story says");
  return { surplus: found.surplus, refused: found.refused };
}

type Way = (teller: Teller, order: Order, quote: Quote) => Promise<Partial<DirectOutcome>>;

const ways: Readonly<Record<(typeof purchases)[number]["how"], Way>> = {
  async watched(teller, order, quote) {
    await pay(teller, quote, quote.amount);
    await paid(teller, order);
    teller.say(`   ${quote.amount} ${quote.asset}: found by watching the chain`);
    return {};
  },
  async told(teller, order, quote) {
    const hash = await pay(teller, quote, quote.amount);
    const link = `  https://etherscan.io/tx/${hash}  `;
    await verified(teller, order, quote, { text: link, until: "credited" });
    teller.say(`   ${quote.amount} ${quote.asset}: told by a pasted link, "${link.slice(0, 36)}…"`);
    return {};
  },
  async overpaid(teller, order, quote) {
    const hash = await pay(teller, quote, times(quote, 3n, 2n));
    const claim = await verified(teller, order, quote, { text: hash, until: "overpaid" });
    const { surplus } = claim.payments[0]!;
    teller.say(
      `   ${times(quote, 3n, 2n)} ${quote.asset}: half too much, ${surplus.amount} is kept for the payer`,
    );
    return { surplus };
  },
  async underpaid(teller, order, quote) {
    const first = times(quote, 3n, 5n);
    await pay(teller, quote, first);
    await reached(teller, order, "partially_paid");
    teller.say(`   ${first} of ${quote.amount} ${quote.asset}: partially paid`);
    await pay(teller, quote, times(quote, 2n, 5n));
    await paid(teller, order);
    teller.say(`   ${quote.amount} ${quote.asset}: topped up and paid`);
    return {};
  },
  async fake({ sandbox, ...teller }, order, quote) {
    const chain = sandboxChain(quote);
    const asset = await sandbox.fakeUsdt(chain);
    const { address: to } = quote;
    const hash = await sandbox.pay({ chain, asset, to, amount: unitsOf(quote) });
    const claim = await verified({ sandbox, ...teller }, order, quote, { text: hash, until: "wrong_asset" });
    teller.say(`   ${quote.amount} of a token that calls itself USDT: ${claim.status}, ${claim.reason}`);
    const { status } = await teller.api.get("/v1/orders/{id}", { params: { path: { id: order.id } } });
    return { refused: { reason: claim.reason, order_status: status } };
  },
};

const unitsOf = ({ asset, amount }: Amount): bigint => parseMoney(amount, registry.get(asset)).amount;

const times = (quote: Quote, over: bigint, under: bigint): string =>
  formatUnits((unitsOf(quote) * over) / under, registry.get(quote.asset).decimals);

function sandboxChain({ chain }: Quote): SandboxChain {
  const found = sandboxChains.find((one) => one === chain);
  if (found === undefined) throw new Error(`The sandbox has no chain ${chain}`);
  return found;
}

const pay = ({ sandbox }: Teller, quote: Quote, amount: string): Promise<string> =>
  sandbox.pay({
    chain: sandboxChain(quote),
    asset: registry.get(quote.asset).symbol,
    to: quote.address,
    amount: unitsOf({ asset: quote.asset, amount }),
  });

const reached = ({ api }: Teller, order: Order, status: string): Promise<Order> =>
  waitFor(`order ${order.id} ${status}`, async () => {
    const now = await api.get("/v1/orders/{id}", { params: { path: { id: order.id } } });
    return now.status === status ? now : null;
  });

const paid = (teller: Teller, order: Order): Promise<Order> => reached(teller, order, "paid");

async function verified(
  { api }: Teller,
  order: Order,
  { chain }: Quote,
  { text, until }: { text: string; until: string },
): Promise<Claim> {
  const told = { order_id: order.id, chain, transaction_hash: text };
  const claim = await api.post("/v1/payments/verify", { body: told });
  return waitFor(`claim ${claim.id} ${until}`, async () => {
    const now = await api.get("/v1/payments/verify/{id}", { params: { path: { id: claim.id } } });
    return now.reason === until ? now : null;
  });
}

export async function listDirectPayments({ api }: Pick<Teller, "api">): Promise<DirectPayment[]> {
  const { data } = await api.get("/v1/payments", { params: { query: { limit: 200 } } });
  return data.filter((payment) => payment.processor === "chain");
}

const chainOf = ({ settled }: DirectPayment): string =>
  settled === null ? "" : registry.get(settled.asset).chain;

/** Whether we can send on what this payment brought. */
export const isGathered = (payment: DirectPayment): boolean => gatheredChains.includes(chainOf(payment));

/** Until what was paid on chains that we can send on is final in the hot wallet. */
export async function waitForSweeps(teller: Teller): Promise<void> {
  const gathered = await waitFor("the payers' coins gathered", async () => {
    const there = (await listDirectPayments(teller)).filter(isGathered);
    return there.every((payment) => payment.arrival === "seen") ? there : null;
  });
  teller.say(
    `   the coins of ${gathered.length} payments gathered from the payers' addresses into our wallet`,
  );
  teller.say(
    "   what came on Solana, Tron and Aptos is booked and stays where it is: we do not send there yet",
  );
}
