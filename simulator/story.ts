import { transfer } from "../sandbox/tokens.ts";
import type { PayRequest, SwapOutcome } from "../sandbox/types.ts";
import { parseMoney, registry } from "../src/money/index.ts";
import { destinations, type Destination, type Merchant } from "./merchant.ts";
import type { SimulatedChain } from "./open-chain.ts";
import type { Random } from "./random.ts";
import type { VirtualTime } from "./virtual-time.ts";
import { payer, type OutsideWorld } from "./world.ts";

export type Mood = "normal" | "hostile";

const hourMs = 3_600_000;
const minuteMs = 60_000;
const blockMs = 60_000;
/** So long after the world calmed down a provider sees what it denied: a swap can be given up after a day. */
const disownedMs = 30 * hourMs;
/** What was given up is looked after every six hours. */
const noticedMs = 8 * hourMs;
/** What may be paid straight on the chain; a list of transfers shows the token alone. */
const directAssets = ["ethereum:USDT", "ethereum:USDT", "ethereum:ETH"] as const;
const payCurrencies = ["btc", "eth", "usdttrc20", "usdterc20", "sol", "usdcmatic", "trx", "ltc"] as const;

export interface StoryParts {
  readonly world: OutsideWorld;
  readonly chain: SimulatedChain;
  /** The engine's hot wallet. */
  readonly wallet: string;
  readonly merchant: Merchant;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly mood: Mood;
  /** Some customers pay straight on the chain. */
  readonly isPaidDirectly: boolean;
  readonly payments: number;
  /** Told what the world does. */
  trace(line: string): void;
}

/** What happens outside: customers, blocks, and how the providers keep their word. */
export interface Story {
  /** Payees exist, customers come; resolves when the last of them has paid. */
  begin(): Promise<void>;
  /** From now on the world keeps its word, and finishes what it held back. */
  calm(): Promise<void>;
  /** A provider still denies what it delivered, or did until a moment ago. */
  denies(): boolean;
  readonly duration: number;
}

/** What a swap comes to at a provider that cannot be relied upon. */
function drawTrouble(random: Random): SwapOutcome {
  const outcomes: SwapOutcome[] = [
    { kind: "refund" },
    { kind: "hold" },
    { kind: "fail", actionsAvailable: true },
    { kind: "expire" },
    { kind: "stuck", at: random.pick(["waiting", "confirming", "exchanging", "sending"] as const) },
    { kind: "late" },
    { kind: "less", fraction: "0.97" },
    { kind: "short", fraction: "0.5" },
    { kind: "partial_refund", fraction: random.pick(["0.9", "0.5"]) },
    { kind: "twice" },
    { kind: "backwards" },
    { kind: "misnames" },
    { kind: "disowns" },
    { kind: "miscount", fraction: random.pick(["0.9", "1.1"]) },
    { kind: "strict" },
  ];
  return random.pick(outcomes);
}

function drawPayment(random: Random, mood: Mood): Omit<PayRequest, "invoiceId"> {
  const payCurrency = random.pick(payCurrencies);
  if (mood === "normal") return { payCurrency };
  const ipn = random.chance(0.5)
    ? "in_order"
    : random.pick(["lost", "reversed", "duplicated", "held"] as const);
  const shape = random.below(20);
  if (shape === 0) return { payCurrency, ipn, fraction: "0.6" };
  if (shape === 1) return { payCurrency, ipn, overpay: "0.25" };
  if (shape === 2) return { payCurrency, ipn, wrongAssetChild: { payCurrency: "usdttrc20" } };
  if (shape === 3) return { payCurrency, ipn, repeatedDeposit: {} };
  if (shape === 4) return { payCurrency, ipn, finishAs: random.pick(["failed", "expired"] as const) };
  return { payCurrency, ipn };
}

export function createStory(parts: StoryParts): Story {
  const { world, merchant, time, random, mood, trace } = parts;
  const customers = random.fork("customers");
  const chainChance = random.fork("chain");
  const swapChance = random.fork("swaps");
  const duration = Math.ceil(parts.payments / 10) * 1.2 * hourMs;
  const refunds = random.fork("refunds");
  const ways = random.fork("ways of paying");
  const logs = random.fork("logs");
  // What is rare in the world is frequent in some worlds: what needs it twice is met there.
  const usualTrouble = drawTrouble(random.fork("usual trouble"));
  const usualDestination = random.fork("usual destination").pick(destinations);
  const undoesOurs = random.fork("undone").chance(0.25);
  const usualShare = random.fork("usual share").pick([0.5, 0.5, 1]);
  const troubled = random.fork("troubled").pick([0.25, 0.25, 0.8]);
  /** The newest block holds something of ours. */
  let isOurs = false;
  const held: number[] = [];
  let calm = false;
  let calmSince: number | null = null;
  let height = 0;

  async function makePayees(): Promise<string[]> {
    const payees: string[] = [];
    const count = 4 + Math.min(10, Math.ceil(parts.payments / 8));
    for (let index = 0; index < count; index++)
      payees.push(
        await merchant.createPayee({
          name: `${index}`,
          mode: customers.chance(0.25) ? "instant" : "threshold",
          asset: index === 0 ? "ethereum:USDT" : drawDestination(),
          // Who has chosen much is paid when they ask.
          threshold: customers.pick(["5", "10", "25", "400"]),
        }),
      );
    return payees;
  }

  const drawDestination = (): Destination =>
    customers.chance(usualShare) ? usualDestination : customers.pick(destinations);

  function drawOutcome(): SwapOutcome {
    if (swapChance.chance(troubled)) return usualTrouble;
    return swapChance.chance(0.6) ? { kind: "deliver" } : drawTrouble(swapChance);
  }

  async function customer(number: number, payees: readonly string[]): Promise<void> {
    const some = payees.filter(() => customers.chance(0.25)).slice(0, 3);
    const priceUsd = `${6 + customers.below(60)}.${String(customers.below(100)).padStart(2, "0")}`;
    const payment = drawPayment(customers, mood);
    const terms = {
      externalId: `order-${number}`,
      priceUsd,
      payees: some.length > 0 ? some : [customers.pick(payees)],
    };
    if (parts.isPaidDirectly && ways.chance(0.5)) return payDirectly(number, terms);
    const invoice =
      mood === "hostile" && ways.chance(0.15)
        ? world.invoiceOfNoOrder(priceUsd)
        : await invoiceOf((await merchant.createOrder(terms)).id);
    if (invoice === null) return trace(`customer ${number} never saw an invoice`);
    const handle = await world.nowpayments.pay({ invoiceId: invoice, ...payment });
    trace(
      `customer ${number} pays ${payment.payCurrency} as ${handle.paymentId} (${JSON.stringify(payment)})`,
    );
    if (payment.ipn === "held") held.push(handle.paymentId);
    if (mood === "hostile" && refunds.chance(0.2))
      time.at(time.ms + (15 + refunds.below(240)) * minuteMs, () => refund(handle.paymentId));
  }

  /** Straight to the address of an order: what it costs, in one transfer or two, too little, too much, or once more later. */
  async function payDirectly(
    number: number,
    terms: Pick<Parameters<Merchant["createOrder"]>[0], "externalId" | "priceUsd" | "payees">,
  ): Promise<void> {
    const { quotes } = await merchant.createOrder({ ...terms, asset: ways.pick(directAssets) });
    const [quote] = quotes;
    if (quote === undefined) return trace(`customer ${number} was given no address`);
    const { amount } = parseMoney(quote.amount, registry.get(quote.asset));
    const percents =
      mood === "normal" ? [100n] : ways.pick([[100n], [100n], [60n, 40n], [60n], [125n], [100n, 100n]]);
    for (const [index, percent] of percents.entries()) {
      await time.sleep((index + 1) * ways.below(20) * minuteMs);
      const sent = {
        from: payer,
        to: quote.address,
        assetId: quote.asset,
        amount: (amount * percent) / 100n,
      };
      const hash = await transfer(world.chain, sent);
      trace(`customer ${number} sends ${percent} % of ${quote.amount} ${quote.asset} straight by ${hash}`);
    }
  }

  /** The processor gives a customer their coins back, whatever became of them here. */
  async function refund(paymentId: number): Promise<void> {
    const finished = ["finished", "partially_paid"];
    if (calm || !finished.includes(String(world.nowpayments.payment(paymentId)["payment_status"]))) return;
    trace(`the processor refunds ${paymentId}`);
    await world.nowpayments.setStatus(paymentId, "refunded");
  }

  /** A customer asks for their money back just when something leaves our wallet: what they paid may be on its way with it. */
  async function refundWhatLeaves(): Promise<void> {
    if (!refunds.chance(0.3)) return;
    const payments = world.nowpayments.payments();
    if (payments.length > 0) await refund(refunds.pick(payments).payment_id);
  }

  async function hasJustSent(address: string): Promise<boolean> {
    const { transactions } = await world.chain.rpc<{ transactions: readonly { from: string }[] }>(
      "eth_getBlockByNumber",
      ["latest", true],
    );
    return transactions.some(({ from }) => from.toLowerCase() === address.toLowerCase());
  }

  async function invoiceOf(orderId: string): Promise<string | null> {
    for (let look = 0; look < 200; look++) {
      const invoice = world.nowpayments.invoices().find((one) => one.orderId === orderId);
      if (invoice !== undefined) return invoice.id;
      await time.sleep(minuteMs);
    }
    return null;
  }

  async function mine(): Promise<void> {
    await world.chain.mine(1);
    if (mood === "hostile" && !calm) {
      height += 1;
      // Whoever looked between two blocks has seen ours in the first one of them.
      const undone = undoesOurs && isOurs && chainChance.chance(0.7);
      isOurs = await hasJustSent(parts.wallet);
      if (isOurs) await refundWhatLeaves();
      if ((undone || chainChance.chance(0.04)) && height > 4) {
        const depth = undone ? 2 : 1 + chainChance.below(2);
        trace(`the last ${depth} blocks are reorganised away`);
        await parts.chain.reorganise(depth, {
          address: parts.wallet,
          isForgotten: () => chainChance.chance(0.5),
        });
      }
      if (chainChance.chance(0.02))
        await world.chain.setNextBlockBaseFee(BigInt(1 + chainChance.below(60)) * 10n ** 9n);
    }
    time.at(time.ms + blockMs, mine);
  }

  /** A source of prices that is away, or says something else than a price. */
  function lieAboutPrices(): void {
    if (calm) return;
    const id = chainChance.pick(["ethereum", "tether"]);
    world.prices.lie(id, chainChance.pick(["missing", "null", "zero"] as const));
    trace(`the price of ${id} is none`);
    time.at(time.ms + (5 + chainChance.below(40)) * minuteMs, () => world.prices.heal());
    time.at(time.ms + (90 + chainChance.below(200)) * minuteMs, lieAboutPrices);
  }

  function lieForAWhile(): void {
    if (calm) return;
    const lies = [
      { kind: "lagging_head", blocks: 1 + chainChance.below(6) },
      { kind: "forget" },
      { kind: "drop_sends" },
      { kind: "lost_send_answer" },
      { kind: "down" },
      { kind: "http", status: 502 },
    ] as const;
    const lie = chainChance.pick(lies);
    trace(`the node lies: ${lie.kind}`);
    world.rpc.lie(lie);
    time.at(time.ms + (2 + chainChance.below(25)) * minuteMs, () => world.rpc.heal(lie.kind));
    time.at(time.ms + (60 + chainChance.below(120)) * minuteMs, lieForAWhile);
  }

  /** For most of the time the node lists the logs of its newest blocks late, or those of some transactions. */
  function listLogsLate(): void {
    if (calm) return;
    if (logs.chance(0.7))
      world.rpc.lie({ kind: "late_logs", blocks: 1 + logs.below(3), some: logs.chance(0.4) });
    else world.rpc.heal("late_logs");
    time.at(time.ms + (5 + logs.below(15)) * minuteMs, listLogsLate);
  }

  function decideSwaps(): void {
    if (calm) return;
    for (const provider of [world.changenow, world.simpleswap]) provider.defaultOutcome(drawOutcome());
    time.at(time.ms + 10 * minuteMs, decideSwaps);
  }

  return {
    duration,
    async begin() {
      await mine();
      const payees = await makePayees();
      if (mood === "hostile") {
        time.at(time.ms + 30 * minuteMs, lieForAWhile);
        time.at(time.ms + 45 * minuteMs, lieAboutPrices);
        listLogsLate();
        decideSwaps();
      }
      const arrivals = Array.from({ length: parts.payments }, () => customers.below(duration)).toSorted(
        (a, b) => a - b,
      );
      const start = time.ms;
      await Promise.all(
        arrivals.map(async (at, number) => {
          await time.sleep(start + at - time.ms);
          await customer(number, payees);
        }),
      );
    },
    denies: () =>
      calmSince !== null &&
      time.ms < calmSince + disownedMs + noticedMs &&
      [world.changenow, world.simpleswap].some((provider) =>
        provider
          .exchanges()
          .some(({ id, status }) => status !== "expired" && provider.outcomeOf(id) === "disowns"),
      ),
    async calm() {
      calm = true;
      calmSince ??= time.ms;
      for (const part of [world.rpc, world.prices, world.nowpayments, world.changenow, world.simpleswap])
        part.heal();
      for (const paymentId of held) void world.nowpayments.releaseIpns(paymentId, "reversed");
      for (const provider of [world.changenow, world.simpleswap])
        for (const { id, status } of provider.exchanges()) {
          const denied = provider.outcomeOf(id) === "disowns" && time.ms < calmSince + disownedMs;
          if (!["refunded", "expired"].includes(status) && !denied) provider.release(id);
        }
    },
  };
}
