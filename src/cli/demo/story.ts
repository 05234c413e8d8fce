import type { Client, Schemas } from "../../../client/index.ts";
import type { Sandbox } from "../../../sandbox/index.ts";
import { waitFor } from "./wait-for.ts";

export interface Teller {
  readonly api: Client;
  readonly sandbox: Sandbox;
  say(line: string): void;
}

export type Amount = Schemas["Money"];

export interface DemoPayee {
  readonly id: string;
  readonly name: string;
}

type Check = Schemas["ConversionCheck"];
type Payout = Schemas["Payout"];

/** What the customers do. Prices in USD; "part" of the price underpays. */
const purchases: readonly {
  readonly coin: string;
  readonly price: string;
  readonly part?: string;
  readonly duplicate?: true;
}[] = [
  { coin: "btc", price: "25.00" },
  { coin: "eth", price: "9.99" },
  { coin: "usdttrc20", price: "14.50" },
  { coin: "sol", price: "30.00", duplicate: true },
  { coin: "trx", price: "7.25" },
  { coin: "usdterc20", price: "19.00" },
  { coin: "eth", price: "12.00", part: "0.6" },
  { coin: "btc", price: "42.00" },
  { coin: "usdttrc20", price: "5.00" },
  { coin: "sol", price: "11.11" },
  { coin: "eth", price: "27.30" },
  { coin: "trx", price: "16.40" },
  { coin: "usdterc20", price: "33.33" },
  { coin: "btc", price: "18.75" },
  { coin: "eth", price: "8.40" },
  { coin: "usdttrc20", price: "21.00" },
  { coin: "sol", price: "13.37" },
  { coin: "trx", price: "9.10" },
  { coin: "eth", price: "24.00" },
  { coin: "btc", price: "15.60" },
  { coin: "usdterc20", price: "10.00" },
  { coin: "sol", price: "17.77" },
];

export async function createPayees({ api, say }: Teller): Promise<DemoPayee[]> {
  const wanted = [
    {
      name: "Ada",
      destination: { asset: "ethereum:USDT", address: "0x1111111254EEB25477B68fb85Ed929f73A960582" },
      threshold: "60",
    },
    {
      name: "Bruno",
      destination: { asset: "tron:USDT", address: "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8" },
      threshold: "40",
    },
    {
      name: "Chloé",
      destination: { asset: "ethereum:USDT", address: "0x2222222222222222222222222222222222222222" },
      threshold: "500",
    },
  ];
  const payees = [];
  for (const { name, destination, threshold } of wanted) {
    const body = { name, destination, payout_threshold: { asset: "ethereum:USDT", amount: threshold } };
    const { id } = await api.post("/v1/payees", { body });
    say(`   ${name} wants ${destination.asset}, from ${threshold} USDT on`);
    payees.push({ id, name });
  }
  return payees;
}

/** Orders and pays them, six customers at a time. */
export async function payOrders(
  teller: Teller,
  payees: readonly DemoPayee[],
): Promise<{ duplicates: number }> {
  const { api, sandbox, say } = teller;
  const [ada, bruno, chloe] = payees;
  const splits = [
    { payee_id: ada!.id, share_bps: 5_000 },
    { payee_id: bruno!.id, share_bps: 3_333 },
    { payee_id: chloe!.id, share_bps: 1_667 },
  ];
  let duplicates = 0;
  const queue = purchases.entries();
  const customer = async (): Promise<void> => {
    for (const [number, purchase] of queue) {
      const order = await api.post("/v1/orders", {
        body: {
          external_id: `demo-${number + 1}`,
          purpose: "subscription",
          description: `Channel, order ${number + 1}`,
          price_usd: purchase.price,
          splits,
        },
      });
      const invoice = sandbox.nowpayments.invoices().find((one) => one.orderId === order.id);
      if (!invoice) throw new Error(`The processor has no invoice for order ${order.id}`);
      const payment = await sandbox.nowpayments.pay({
        invoiceId: invoice.id,
        payCurrency: purchase.coin,
        ...(purchase.part !== undefined && { fraction: purchase.part }),
      });
      await payment.settled;
      if (purchase.duplicate) {
        await sandbox.nowpayments.duplicateIpn(payment.paymentId);
        duplicates++;
      }
      const remark = purchase.part
        ? `, only ${purchase.part} of it arrived`
        : purchase.duplicate
          ? ", and the processor says so twice"
          : "";
      say(
        `   order ${String(number + 1).padStart(2)}: ${purchase.price.padStart(5)} USD in ${purchase.coin}${remark}`,
      );
    }
  };
  await Promise.all(Array.from({ length: 6 }, customer));
  return { duplicates };
}

/** Until every payment is booked and its coins are final in our wallet. */
export async function waitForArrivals({ api, say }: Teller): Promise<void> {
  await waitFor("all payments settled and seen on chain", async () => {
    const { data } = await api.get("/v1/payments", { params: { query: { limit: 200 } } });
    const there = data.filter((payment) => payment.status === "settled" && payment.arrival === "seen");
    return there.length >= purchases.length ? there : null;
  });
  say(`   ${purchases.length} payments booked, their ether final in our wallet`);
}

/**
 * The swap provider is down when the check comes; when it heals, all that is pending of an asset goes into one swap.
 * @returns the conversions' ids
 */
export async function convert({ api, sandbox, say }: Teller): Promise<string[]> {
  sandbox.faults.outage("changenow");
  const down = await api.post("/v1/conversion-checks", { body: {} });
  for (const check of down.data)
    say(
      `   ${check.pending.amount} ${check.pending.asset} pending (≈ ${check.pending_usd ?? "?"} USD): ${check.decision}, ${check.reason}`,
    );
  say("   the swap provider is down: nothing that needs it is claimed, nothing is lost");
  sandbox.faults.heal("changenow");
  sandbox.faults.next("changenow", { kind: "lost_answer", match: { method: "POST", path: "/exchange" } });
  say("   it is back, but will lose its first answer: an exchange we never hear of must stay unfunded");
  const up = await api.post("/v1/conversion-checks", { body: {} });
  const started = [...down.data, ...up.data].filter((check) => check.conversion_id !== null);
  if (started.length === 0) throw new Error(`No conversion was started: ${JSON.stringify(up.data)}`);
  await Promise.all(started.map((check) => followConversion({ api, say }, check)));
  return started.map((check) => check.conversion_id ?? "");
}

async function followConversion(
  { api, say }: Pick<Teller, "api" | "say">,
  { pending, reason, conversion_id: id }: Check,
): Promise<void> {
  say(`   claimed ${pending.amount} ${pending.asset} (${reason})`);
  let seen = "";
  await waitFor("the conversion distributed", async () => {
    const conversion = await api.get("/v1/conversions/{id}", { params: { path: { id: id ?? "" } } });
    const swap = conversion.swaps.at(-1)?.status;
    const state = swap === undefined ? conversion.status : `swap ${swap}`;
    if (state !== seen) say(`   ${pending.asset}: ${state}`);
    seen = state;
    return conversion.status === "distributed" ? conversion : null;
  });
}

/** Payees over their threshold are paid; the others are told why not. */
export async function payOut({ api, say }: Teller, payees: readonly DemoPayee[]): Promise<Payout[]> {
  const planned = await api.post("/v1/payout-plans");
  const nameOf = (id: string) => payees.find((payee) => payee.id === id)?.name ?? id;
  const states = new Map<string, string>();
  const payouts = await waitFor("all payouts completed", async () => {
    const { data } = await api.get("/v1/payouts");
    for (const payout of data) {
      const line = `   ${nameOf(payout.payee_id)}: ${payout.amount.amount} USDT, ${payout.route}: ${payout.status}`;
      if (states.get(payout.id) !== payout.status) say(line);
      states.set(payout.id, payout.status);
    }
    const ended = data.filter(
      (payout) =>
        payout.status === "completed" || payout.status === "failed" || payout.status === "in_review",
    );
    return ended.length >= planned.payout_ids.length ? data : null;
  });
  for (const payee of payees.filter((one) => !payouts.some((payout) => payout.payee_id === one.id)))
    say(`   ${payee.name} is below the threshold and goes on gathering`);
  return payouts;
}
