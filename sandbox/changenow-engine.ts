import { randomBytes } from "node:crypto";
import type { Clock } from "../src/clock.ts";
import { registry } from "../src/money/index.ts";
import type { AnvilControl } from "./anvil.ts";
import type { Background } from "./background.ts";
import { inventAddress, inventHash, type Coin } from "./coins.ts";
import type { Desk, Exchange, SwapCoin } from "./changenow-exchange.ts";
import { watchDeposits, type ChainDeposit } from "./deposit-watcher.ts";
import { transfer } from "./tokens.ts";
import type { ChangenowSettings, SwapOutcome } from "./types.ts";
import { fromBaseUnits, part, quantize, toBaseUnits, toWireNumber } from "./wire-amount.ts";

/** Where the provider's own coins lie on the sandbox's chain. */
export const treasury = inventAddress("evm", "changenow/treasury");

export interface EngineWorld {
  readonly settings: ChangenowSettings;
  readonly desk: Desk;
  readonly anvil: AnvilControl;
  readonly background: Background;
  readonly clock: Clock;
}

interface Deposit {
  readonly hash: string;
  readonly amount: bigint;
  /** Whether the chain still has it. */
  stands(): Promise<boolean>;
}

type NewExchange = Pick<
  Exchange,
  | "from"
  | "to"
  | "flow"
  | "type"
  | "expectedFrom"
  | "expectedTo"
  | "payoutAddress"
  | "payoutExtraId"
  | "refundAddress"
  | "refundExtraId"
  | "rateId"
  | "validUntil"
  | "userId"
  | "payload"
>;

/** Takes deposits and brings exchanges to the end their outcome says. */
export class ExchangeEngine {
  readonly exchanges = new Map<string, Exchange>();
  outcomes: SwapOutcome[] = [];
  defaultOutcome: SwapOutcome = { kind: "deliver" };
  private readonly world: EngineWorld;
  private readonly byPayin = new Map<string, Exchange>();

  constructor(world: EngineWorld) {
    this.world = world;
    void world.background.start(() =>
      watchDeposits({
        anvil: world.anvil,
        background: world.background,
        pollMs: () => world.settings.pollMs,
        watches: (address) => this.byPayin.has(address),
        onDeposit: (deposit) => this.receive(deposit),
      }),
    );
  }

  find(id: string): Exchange {
    const exchange = this.exchanges.get(id);
    if (!exchange) throw new Error(`The swap provider has no exchange "${id}".`);
    return exchange;
  }

  create(terms: NewExchange, original: Exchange | null = null): Exchange {
    const id = randomBytes(7).toString("hex");
    const now = this.world.clock.now();
    const exchange: Exchange = {
      ...terms,
      id,
      payinAddress: original?.payinAddress ?? inventAddress(terms.from.family, `changenow/${id}`),
      createdAt: now,
      updatedAt: now,
      original,
      related: [],
      repeated: [],
      outcome: (original === null ? this.outcomes.shift() : undefined) ?? this.defaultOutcome,
      released: false,
      status: "new",
      actionsAvailable: false,
      amountFrom: null,
      amountTo: null,
      payinHash: null,
      payoutHash: null,
      refundHash: null,
      refundAmount: null,
      depositReceivedAt: null,
    };
    this.exchanges.set(id, exchange);
    if (original === null) {
      this.byPayin.set(exchange.payinAddress.toLowerCase(), exchange);
      void this.world.background.start(() => this.awaitDeposit(exchange));
    }
    return exchange;
  }

  /** A deposit told by hand, on a network the sandbox has no chain for. */
  depositByHand(exchange: Exchange, amount: bigint): void {
    const deposit = { hash: inventHash(exchange.from.family), amount, stands: async () => true };
    void this.world.background.start(() => this.process(exchange, deposit));
  }

  private receive(found: ChainDeposit): void {
    const exchange = this.byPayin.get(found.to);
    if (!exchange) return;
    const { contract, decimals } = exchange.from;
    if (found.contract?.toLowerCase() !== contract?.toLowerCase())
      return this.noteWrongAsset(exchange, found);
    const deposit: Deposit = {
      hash: found.hash,
      amount: fromBaseUnits(found.amount, decimals),
      // A node that does not answer has not lost it.
      stands: async () => (await this.world.anvil.getReceipt(found.hash).catch(() => undefined)) !== null,
    };
    const target = exchange.payinHash === null ? exchange : this.createRepeated(exchange, deposit.amount);
    void this.world.background.start(() => this.process(target, deposit));
  }

  private createRepeated(original: Exchange, amount: bigint): Exchange {
    const expectedTo = this.world.desk.deliver(original, amount);
    const child = this.create({ ...original, flow: "standard", expectedFrom: amount, expectedTo }, original);
    original.repeated.push(child);
    return child;
  }

  private noteWrongAsset(exchange: Exchange, found: ChainDeposit): void {
    const asset =
      found.contract === null
        ? registry.native("ethereum")
        : registry.findByContract("ethereum", found.contract);
    exchange.related.push({
      id: randomBytes(7).toString("hex"),
      status: "verifying",
      fromCurrency: asset?.symbol.toLowerCase() ?? "unknown",
      fromNetwork: "eth",
      amountFrom: asset === null ? null : toWireNumber(fromBaseUnits(found.amount, asset.decimals)),
      amountTo: null,
      createdAt: this.world.clock.now().toISOString().slice(0, -1),
    });
  }

  private set(exchange: Exchange, status: string): void {
    exchange.status = status;
    exchange.updatedAt = this.world.clock.now();
  }

  private step(): Promise<void> {
    return this.world.background.sleep(this.world.settings.stepMs);
  }

  private async until(holds: () => boolean): Promise<void> {
    while (!holds())
      await this.world.background.sleep(Math.max(10, Math.min(this.world.settings.stepMs, 100)));
  }

  private async awaitDeposit(exchange: Exchange): Promise<void> {
    await this.step();
    if (exchange.status !== "new") return;
    this.set(exchange, "waiting");
    await this.until(() => exchange.outcome.kind === "expire" || exchange.payinHash !== null);
    if (exchange.payinHash === null) this.set(exchange, "expired");
  }

  private isStuck(exchange: Exchange, at: string): boolean {
    return exchange.outcome.kind === "stuck" && exchange.outcome.at === at && !exchange.released;
  }

  private async pass(exchange: Exchange, status: string): Promise<void> {
    this.set(exchange, status);
    await this.until(() => !this.isStuck(exchange, status));
    await this.step();
  }

  /** From the deposit to the end. */
  private async process(exchange: Exchange, deposit: Deposit): Promise<void> {
    exchange.payinHash = deposit.hash;
    await this.until(() => !this.isStuck(exchange, "waiting"));
    exchange.depositReceivedAt = this.world.clock.now();
    exchange.amountFrom = deposit.amount;
    await this.pass(exchange, "confirming");
    if (!(await deposit.stands())) return this.forgetDeposit(exchange, deposit);
    if (await this.inspect(exchange, deposit.amount)) await this.exchange(exchange, deposit.amount);
    else await this.refund(exchange, deposit.amount);
  }

  /** The block that held the deposit is gone: the exchange waits again, for this deposit or another one. */
  private forgetDeposit(exchange: Exchange, deposit: Deposit): void {
    exchange.payinHash = null;
    exchange.amountFrom = null;
    exchange.depositReceivedAt = null;
    this.set(exchange, "waiting");
    void this.world.background.start(async () => {
      while (!(await deposit.stands())) await this.world.background.sleep(this.world.settings.pollMs);
      const target = exchange.payinHash === null ? exchange : this.createRepeated(exchange, deposit.amount);
      await this.process(target, deposit);
    });
  }

  /** @returns whether it may be exchanged; false: it goes back. Waits while that is not decided. */
  private async inspect(exchange: Exchange, amount: bigint): Promise<boolean> {
    const kind = (): SwapOutcome["kind"] => exchange.outcome.kind;
    if (kind() === "hold" && !exchange.released) {
      this.set(exchange, "verifying");
      await this.until(() => exchange.released || kind() !== "hold");
    }
    if (kind() === "refund") return false;
    const late = exchange.validUntil !== null && this.world.clock.now() > exchange.validUntil;
    const broken = exchange.flow === "fixed-rate" && (late || amount !== exchange.expectedFrom);
    const tooSmall = amount < this.world.desk.minimum(exchange);
    if (kind() !== "fail" && !broken && !tooSmall) return true;
    if (exchange.released) return true;
    exchange.actionsAvailable =
      exchange.outcome.kind === "fail" ? (exchange.outcome.actionsAvailable ?? false) : true;
    this.set(exchange, "failed");
    await this.until(() => exchange.released || kind() === "refund");
    exchange.actionsAvailable = false;
    return kind() !== "refund";
  }

  private async exchange(exchange: Exchange, amount: bigint): Promise<void> {
    await this.pass(exchange, "exchanging");
    const fixed = exchange.flow === "fixed-rate" && amount === exchange.expectedFrom;
    const fair = fixed ? exchange.expectedTo : this.world.desk.deliver(exchange, amount);
    const { outcome } = exchange;
    const told =
      outcome.kind === "less" ? quantize(part(fair, outcome.fraction), exchange.to.decimals, "down") : fair;
    const sent =
      outcome.kind === "short" ? quantize(part(fair, outcome.fraction), exchange.to.decimals, "down") : told;
    this.set(exchange, "sending");
    await this.until(() => !this.isStuck(exchange, "sending"));
    const payoutHash = await this.send(exchange.to, exchange.payoutAddress, sent);
    await this.step();
    exchange.payoutHash = payoutHash;
    exchange.amountTo = told;
    this.set(exchange, "finished");
  }

  private async refund(exchange: Exchange, amount: bigint): Promise<void> {
    if (exchange.refundAddress === null) {
      this.set(exchange, "failed"); // without an address of the customer only their support can help
      return;
    }
    const fee = this.world.desk.withdrawalFee(exchange.from);
    const back = amount > fee ? amount - fee : 0n;
    exchange.refundHash = await this.send(exchange.from, exchange.refundAddress, back);
    exchange.refundAmount = back;
    await this.step();
    this.set(exchange, "refunded");
  }

  /** Really, where the sandbox has the chain; a chain that refuses is asked again. */
  private async send(coin: SwapCoin & Coin, to: string, amount: bigint): Promise<string> {
    if (!coin.local || coin.assetId === null || amount === 0n) return inventHash(coin.family);
    const move = { from: treasury, to, assetId: coin.assetId, amount: toBaseUnits(amount, coin.decimals) };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await transfer(this.world.anvil, move);
      } catch (error) {
        if (attempt === 50) throw error;
        await this.world.background.sleep(200);
      }
    }
  }
}
