import type { Clock } from "../src/clock.ts";
import type { AnvilControl } from "./anvil.ts";
import type { Background } from "./background.ts";
import { createCheckout } from "./checkout.ts";
import { findProcessorCoin, inventAddress, inventHash } from "./coins.ts";
import { createIpnMailer, signIpn } from "./ipn.ts";
import { createNowpaymentsRoutes, payUnderInvoice, type NowpaymentsAccount } from "./nowpayments-routes.ts";
import { createNowpaymentsStore, describePrice, type NowpaymentsStore } from "./nowpayments-store.ts";
import { presentIpn, presentPayment, type Payment } from "./nowpayments-wire.ts";
import { transfer } from "./tokens.ts";
import type {
  IpnRecord,
  NowpaymentsControl,
  NowpaymentsSettings,
  PayHandle,
  PayRequest,
  PricesControl,
} from "./types.ts";
import { convertByPrice, part, quantize, readWireAmount, toBaseUnits } from "./wire-amount.ts";
import type { PageRequest, WireAnswer, WireRequest } from "./wire-server.ts";

export interface Nowpayments extends NowpaymentsControl {
  handle(request: WireRequest): WireAnswer;
  page(request: PageRequest): WireAnswer;
}

export interface NowpaymentsWorld {
  readonly account: NowpaymentsAccount & { readonly ipnSecret: string };
  readonly settings: NowpaymentsSettings;
  readonly prices: PricesControl;
  readonly anvil: AnvilControl;
  readonly background: Background;
  readonly clock: Clock;
  /** The way to the merchant; the platform's own unless given. */
  readonly fetch?: typeof globalThis.fetch;
}

/** Where the processor's own coins lie on the sandbox's chain. */
export const processorWallet = inventAddress("evm", "nowpayments/wallet");

type Story = Pick<PayRequest, "ipn" | "ipnDelayMs" | "settlement"> & {
  readonly arrived: bigint;
  readonly statuses: readonly string[];
  readonly stepMs: number;
};

/** Before these, something has arrived. */
const nothingArrived = new Set(["waiting", "expired", "cancelled", "canceled"]);
const settles = new Set(["sending", "finished", "partially_paid"]);

function defaultWalk(end: string): readonly string[] {
  if (end === "expired" || end === "cancelled" || end === "waiting")
    return ["waiting", ...(end === "waiting" ? [] : [end])];
  if (end === "failed") return ["waiting", "confirming", "failed"];
  if (end === "refunded") return ["waiting", "confirming", "confirmed", "refunded"];
  return ["waiting", "confirming", "confirmed", "sending", end];
}

class Processor {
  readonly store: NowpaymentsStore;
  readonly mailer: ReturnType<typeof createIpnMailer>;
  private readonly world: NowpaymentsWorld;
  private ipnsToLose = 0;

  constructor(world: NowpaymentsWorld) {
    this.world = world;
    this.store = createNowpaymentsStore(world.settings, world.prices, world.clock);
    this.mailer = createIpnMailer(world.background, () => world.settings.ipnRetryMs, world.fetch);
  }

  loseIpns(times: number): void {
    this.ipnsToLose = times;
  }

  sign(body: object): { body: string; signature: string } {
    return signIpn(body, this.world.account.ipnSecret);
  }

  find(id: number): Payment {
    const payment = this.store.payments.get(id);
    if (!payment) throw new Error(`The processor has no payment ${id}.`);
    return payment;
  }

  /** Writes the notice of the payment's present status, and sends it unless its story says otherwise. */
  notify(payment: Payment, { ipn = "in_order", ipnDelayMs = 0 }: Pick<Story, "ipn" | "ipnDelayMs">): void {
    if (payment.callbackUrl === null) return;
    const signed = this.sign(presentIpn(payment));
    const record = this.mailer.record({
      paymentId: payment.id,
      status: payment.status,
      url: payment.callbackUrl,
      ...signed,
    });
    if (ipn === "lost" || this.ipnsToLose > 0) {
      if (ipn !== "lost") this.ipnsToLose -= 1;
      record.state = "lost";
    } else if (ipn === "held" || ipn === "reversed") record.state = "held";
    else {
      void this.mailer.deliver(record, ipnDelayMs);
      if (ipn === "duplicated") void this.mailer.deliver(record);
    }
  }

  async release(paymentId: number, order: "in_order" | "reversed"): Promise<void> {
    const held = this.mailer.records.filter(
      (record) => record.paymentId === paymentId && record.state === "held",
    );
    await Promise.all(
      (order === "reversed" ? held.toReversed() : held).map((record) => this.mailer.deliver(record)),
    );
  }

  async resend(records: readonly IpnRecord[]): Promise<void> {
    await Promise.all(records.map((record) => this.mailer.deliver(record)));
  }

  /** Sends the outcome coins. A chain that refuses (a paused token, a node restarting) is asked again. */
  private async sendOutcome({ outcome: { coin, amount } }: Payment, to: string): Promise<string> {
    if (coin.chain !== "ethereum" || coin.assetId === null) return inventHash(coin.family);
    const move = {
      from: processorWallet,
      to,
      assetId: coin.assetId,
      amount: toBaseUnits(amount, coin.decimals),
    };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await transfer(this.world.anvil, move);
      } catch (error) {
        if (attempt === 50) throw error;
        await this.world.background.sleep(200);
      }
    }
  }

  private async settle(payment: Payment, how: PayRequest["settlement"]): Promise<void> {
    if (payment.settled) return;
    payment.outcome = this.store.outcomeOf(payment.coin, payment.actuallyPaid);
    payment.settled = true;
    const { payoutWallet } = this.world.settings;
    if (how === "custody" || payoutWallet === null) payment.payoutHash = `partner_liability_tx_${payment.id}`;
    else if (how === "withheld" || payment.outcome.amount === 0n)
      payment.payoutHash = inventHash(payment.outcome.coin.family);
    else payment.payoutHash = await this.sendOutcome(payment, payoutWallet);
  }

  async move(
    payment: Payment,
    status: string,
    story: Pick<Story, "ipn" | "ipnDelayMs" | "settlement" | "arrived">,
  ): Promise<void> {
    if (!nothingArrived.has(status) && payment.actuallyPaid === 0n) {
      payment.actuallyPaid = story.arrived;
      payment.payinHash = inventHash(payment.coin.family);
      payment.outcome = this.store.outcomeOf(payment.coin, story.arrived);
    }
    if (settles.has(status)) await this.settle(payment, story.settlement);
    payment.status = status;
    payment.updatedAt = this.world.clock.now();
    this.notify(payment, story);
  }

  async walk(payment: Payment, story: Story): Promise<void> {
    for (const [index, status] of story.statuses.entries()) {
      if (index > 0) await this.world.background.sleep(story.stepMs);
      await this.move(payment, status, story);
    }
    if (story.ipn === "reversed") await this.release(payment.id, "reversed");
  }

  findOrCreate({ invoiceId, paymentId, payCurrency }: PayRequest): Payment {
    if (paymentId !== undefined) return this.find(parseInt(String(paymentId), 10));
    const invoice = this.store.invoices.get(parseInt(String(invoiceId), 10));
    if (!invoice) throw new Error(`The processor has no invoice ${String(invoiceId)}.`);
    return payUnderInvoice(this.store, invoice, this.coinNamed(payCurrency ?? invoice.payCurrency));
  }

  private coinNamed(ticker: string | null) {
    const coin = findProcessorCoin(ticker);
    if (!coin) throw new Error(`The processor has no coin "${String(ticker)}".`);
    return coin;
  }

  /** A further deposit to the payment's address, in its own coin or in another one. */
  createChild(parent: Payment, id: number, deposit: { payCurrency?: string; amount?: string }): Payment {
    const coin = deposit.payCurrency === undefined ? parent.coin : this.coinNamed(deposit.payCurrency);
    const price = {
      from: this.world.prices.get(parent.coin.coingeckoId),
      to: this.world.prices.get(coin.coingeckoId),
    };
    const asked = quantize(convertByPrice(parent.payAmount, price, "up"), coin.decimals, "up");
    const amount =
      deposit.amount === undefined
        ? asked
        : quantize(readWireAmount(deposit.amount) ?? 0n, coin.decimals, "down");
    const {
      invoiceId,
      callbackUrl,
      orderId,
      description,
      fixedRate,
      feePaidByUser,
      price: priced,
      priceCurrency,
    } = parent;
    const copied = {
      invoiceId,
      callbackUrl,
      orderId,
      description,
      fixedRate,
      feePaidByUser,
      price: priced,
      priceCurrency,
    };
    return this.store.createPayment({ ...copied, id, parent, coin, payAmount: amount });
  }

  storyOf(payment: Payment, request: PayRequest): Story {
    const asked = payment.payAmount;
    const whole = part(asked, request.fraction ?? "1") + part(asked, request.overpay ?? "0");
    const arrived = quantize(whole, payment.coin.decimals, "down");
    const end = request.finishAs ?? (arrived < asked ? "partially_paid" : "finished");
    const { ipn, ipnDelayMs, settlement } = request;
    const { stepMs = this.world.settings.stepMs } = request;
    return { arrived, statuses: request.statuses ?? defaultWalk(end), stepMs, ipn, ipnDelayMs, settlement };
  }

  private async payWrongAsset(payment: Payment, childId: number, request: PayRequest): Promise<Payment> {
    const {
      wrongAssetChild: deposit,
      ipn,
      ipnDelayMs,
      settlement,
      stepMs = this.world.settings.stepMs,
    } = request;
    await this.move(payment, "waiting", { arrived: 0n, ipn, ipnDelayMs });
    await this.world.background.sleep(stepMs);
    const child = this.createChild(payment, childId, deposit ?? {});
    const statuses = request.statuses ?? defaultWalk(request.finishAs ?? "finished");
    await this.walk(child, { arrived: child.payAmount, statuses, stepMs, ipn, ipnDelayMs, settlement });
    await this.mailer.flush(child.id);
    return payment;
  }

  async run(payment: Payment, childId: number | null, request: PayRequest): Promise<Payment> {
    if (request.wrongAssetChild && childId !== null) return this.payWrongAsset(payment, childId, request);
    const story = this.storyOf(payment, request);
    await this.walk(payment, story);
    if (request.repeatedDeposit && childId !== null) {
      await this.world.background.sleep(story.stepMs);
      const child = this.createChild(payment, childId, request.repeatedDeposit);
      const statuses = defaultWalk(this.world.settings.repeatedDepositStatus);
      await this.walk(child, { ...story, statuses, arrived: child.payAmount });
      await this.mailer.flush(child.id);
    }
    return payment;
  }

  pay(request: PayRequest): PayHandle {
    const payment = this.findOrCreate(request);
    const childId = request.wrongAssetChild || request.repeatedDeposit ? this.store.nextId() : null;
    const walked = this.run(payment, childId, request);
    void this.world.background.start(async () => void (await walked));
    const settled = walked.then(async () => {
      await this.mailer.flush(payment.id);
      return presentPayment(payment);
    });
    settled.catch(() => undefined); // nobody has to look; `background.failures` keeps it
    return { paymentId: payment.id, childId, settled };
  }
}

/** NOWPayments with its customers: the wire on one side, the fake payer on the other. */
export function createNowpayments(world: NowpaymentsWorld): Nowpayments {
  const processor = new Processor(world);
  const { store, mailer } = processor;
  const ipnsOf = (id: number, status?: string): IpnRecord[] =>
    mailer.records.filter(
      (record) => record.paymentId === id && (status === undefined || record.status === status),
    );
  const announce = (payment: Payment): void => processor.notify(payment, {});
  return {
    settings: world.settings,
    ipns: mailer.records,
    handle: createNowpaymentsRoutes({ store, account: world.account, clock: world.clock, announce }),
    page: createCheckout({ store, pay: (request) => processor.pay(request) }),
    configure: (settings) => void Object.assign(world.settings, settings),
    sign: (body) => processor.sign(body),
    pay: async (request) => processor.pay(request),
    async setStatus(paymentId, status) {
      const payment = processor.find(paymentId);
      await processor.move(payment, status, { arrived: payment.payAmount });
    },
    payment: (paymentId) => presentPayment(processor.find(paymentId)),
    payments: () => [...store.payments.values()].map(presentPayment),
    invoices: () =>
      [...store.invoices.values()].map(({ id, orderId, price, callbackUrl }) => ({
        id: String(id),
        orderId,
        priceAmount: describePrice(price),
        callbackUrl,
      })),
    async duplicateIpn(paymentId) {
      const newest = ipnsOf(paymentId).at(-1);
      if (!newest) throw new Error(`There is no notice of payment ${paymentId}.`);
      await processor.resend([newest]);
      return newest;
    },
    async resend(paymentId, status) {
      const records = ipnsOf(paymentId, status);
      await processor.resend(records);
      return records;
    },
    releaseIpns: (paymentId, order = "in_order") => processor.release(paymentId, order),
    dropIpn: (times = 1) => processor.loseIpns(times === "all" ? Number.POSITIVE_INFINITY : times),
    heal: () => processor.loseIpns(0),
  };
}
