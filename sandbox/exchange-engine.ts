import type { Clock } from "../src/clock.ts";
import { registry } from "../src/money/index.ts";
import type { AnvilControl } from "./anvil.ts";
import type { Background } from "./background.ts";
import { inventAddress, inventHash, type Coin } from "./coins.ts";
import { watchDeposits, type ChainDeposit } from "./deposit-watcher.ts";
import { transfer } from "./tokens.ts";
import type { Desk, Exchange, SwapCoin } from "./swap-desk.ts";
import type { SwapEmulatorSettings, SwapOutcome } from "./types.ts";
import { fromBaseUnits, part, quantize, toBaseUnits, toWireNumber } from "./wire-amount.ts";
import { randomBytes } from "./randomness.ts";

/** Where the swap providers' own coins lie on the sandbox's chains. */
export const treasury = inventAddress("evm", "changenow/treasury");

export interface EngineWorld {
  /** The provider's; its deposit addresses are invented from it. */
  readonly name: string;
  readonly settings: SwapEmulatorSettings;
  readonly desk: Desk;
  /** Ethereum. */
  readonly anvil: AnvilControl;
  /** Further EVM chains on which deposits and payouts are real, as the registry names them. */
  readonly moreChains?: ReadonlyMap<string, AnvilControl>;
  /** Pays on a chain that is none of these. @returns null: the sandbox has none of that name. */
  readonly payElsewhere?: (payment: {
    readonly assetId: string;
    readonly to: string;
    readonly amount: bigint;
  }) => Promise<string | null>;
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

/** Outcomes about what is delivered in the end, which a release does not change. */
const deliveryOutcomes: ReadonlySet<SwapOutcome["kind"]> = new Set([
  "less",
  "short",
  "twice",
  "backwards",
  "misnames",
  "disowns",
  "miscount",
]);

const goesBack = ({ outcome }: Exchange): boolean =>
  outcome.kind === "refund" || outcome.kind === "partial_refund";

/** What they say has arrived. */
const counted = ({ outcome, from }: Exchange, amount: bigint): bigint =>
  outcome.kind === "miscount" ? quantize(part(amount, outcome.fraction), from.decimals, "down") : amount;

/** Takes deposits and brings exchanges to the end their outcome says. */
export class ExchangeEngine {
  readonly exchanges = new Map<string, Exchange>();
  outcomes: SwapOutcome[] = [];
  defaultOutcome: SwapOutcome = { kind: "deliver" };
  private readonly world: EngineWorld;
  private readonly chains: ReadonlyMap<string, AnvilControl>;
  private readonly byPayin = new Map<string, Exchange>();
  /** The last payout of each chain. */
  private readonly lastPayouts = new Map<string, string>();
  /** Called whenever a person or a deposit changed what an exchange waits for. */
  private readonly waiting = new Set<() => void>();

  constructor(world: EngineWorld) {
    this.world = world;
    this.chains = new Map([["ethereum", world.anvil], ...(world.moreChains ?? [])]);
    world.background.signal.addEventListener("abort", () => this.wake());
    for (const [chain, anvil] of this.chains)
      void world.background.start(() =>
        watchDeposits({
          anvil,
          background: world.background,
          pollMs: () => world.settings.pollMs,
          // What comes to the same address on another chain is lost to them, as with the real ones.
          watches: (address) => this.byPayin.get(address)?.from.chain === chain,
          onDeposit: (deposit) => this.receive(deposit, anvil),
        }),
      );
  }

  find(id: string): Exchange {
    const exchange = this.exchanges.get(id);
    if (!exchange) throw new Error(`The swap provider has no exchange "${id}".`);
    return exchange;
  }

  /** Changes what becomes of an exchange; it also frees a stuck one. */
  setOutcome(id: string, outcome: SwapOutcome): void {
    this.find(id).outcome = outcome;
    this.wake();
  }

  /** A held, stuck or failed exchange goes on. What its outcome says of the delivery still holds. */
  release(id: string): void {
    const exchange = this.find(id);
    exchange.released = true;
    if (!deliveryOutcomes.has(exchange.outcome.kind)) exchange.outcome = { kind: "deliver" };
    this.wake();
  }

  create(terms: NewExchange, original: Exchange | null = null): Exchange {
    const id = randomBytes(7).toString("hex");
    const now = this.world.clock.now();
    const exchange: Exchange = {
      ...terms,
      id,
      payinAddress: original?.payinAddress ?? inventAddress(terms.from.family, `${this.world.name}/${id}`),
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

  private receive(found: ChainDeposit, anvil: AnvilControl): void {
    const exchange = this.byPayin.get(found.to);
    if (!exchange) return;
    const { contract, decimals } = exchange.from;
    if (found.contract?.toLowerCase() !== contract?.toLowerCase())
      return this.noteWrongAsset(exchange, found);
    const deposit: Deposit = {
      hash: found.hash,
      amount: fromBaseUnits(found.amount, decimals),
      // A node that does not answer has not lost it.
      stands: async () => (await anvil.getReceipt(found.hash).catch(() => undefined)) !== null,
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
    const { chain, swap } = exchange.from;
    const asset =
      found.contract === null ? registry.native(chain) : registry.findByContract(chain, found.contract);
    exchange.related.push({
      id: randomBytes(7).toString("hex"),
      status: "verifying",
      fromCurrency: asset?.symbol.toLowerCase() ?? "unknown",
      fromNetwork: swap.network,
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

  private wake(): void {
    for (const look of this.waiting) look();
  }

  private until(holds: () => boolean): Promise<void> {
    const { signal } = this.world.background;
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!signal.aborted && !holds()) return;
        this.waiting.delete(look);
        if (signal.aborted) reject(signal.reason as Error);
        else resolve();
      };
      this.waiting.add(look);
      look();
    });
  }

  private async awaitDeposit(exchange: Exchange): Promise<void> {
    await this.step();
    if (exchange.status !== "new") return;
    this.set(exchange, "waiting");
    const expires = (): boolean => exchange.outcome.kind === "expire" || exchange.outcome.kind === "late";
    await this.until(() => expires() || exchange.payinHash !== null);
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
    this.wake();
    await this.until(() => !this.isStuck(exchange, "waiting"));
    const amount = counted(exchange, deposit.amount);
    exchange.depositReceivedAt = this.world.clock.now();
    exchange.amountFrom = amount;
    await this.pass(exchange, "confirming");
    if (!(await deposit.stands())) return this.forgetDeposit(exchange, deposit);
    if (await this.inspect(exchange, amount)) await this.exchange(exchange, amount);
    else await this.refund(exchange, amount);
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
    if (exchange.outcome.kind === "hold" && !exchange.released) {
      this.set(exchange, "verifying");
      await this.until(() => exchange.released || exchange.outcome.kind !== "hold");
    }
    if (goesBack(exchange)) return false;
    if (exchange.released || !this.isFaulty(exchange, amount)) return true;
    exchange.actionsAvailable =
      exchange.outcome.kind === "fail" ? (exchange.outcome.actionsAvailable ?? false) : true;
    this.set(exchange, "failed");
    await this.until(() => exchange.released || goesBack(exchange));
    exchange.actionsAvailable = false;
    return !goesBack(exchange);
  }

  /** Whether they stop before exchanging and leave it to a person. */
  private isFaulty(exchange: Exchange, amount: bigint): boolean {
    const { outcome, flow, validUntil, expectedFrom } = exchange;
    if (outcome.kind === "fail" || outcome.kind === "expire") return true;
    const late = validUntil !== null && this.world.clock.now() > validUntil && outcome.kind !== "late";
    const differs = amount !== expectedFrom && outcome.kind !== "miscount";
    if (flow === "fixed-rate" && (late || differs)) return true;
    return (outcome.kind === "strict" && differs) || amount < this.world.desk.minimum(exchange);
  }

  private async exchange(exchange: Exchange, amount: bigint): Promise<void> {
    await this.pass(exchange, "exchanging");
    const fixed = exchange.flow === "fixed-rate" && amount === exchange.expectedFrom;
    const fair = fixed ? exchange.expectedTo : this.world.desk.deliver(exchange, amount);
    const { outcome } = exchange;
    const cut = (fraction: string): bigint => quantize(part(fair, fraction), exchange.to.decimals, "down");
    const amountTo = outcome.kind === "less" ? cut(outcome.fraction) : fair;
    const sent = outcome.kind === "short" ? cut(outcome.fraction) : amountTo;
    this.set(exchange, "sending");
    await this.until(() => !this.isStuck(exchange, "sending"));
    if (outcome.kind === "misnames") await this.misname(exchange, amountTo);
    const payoutHash = await this.send(exchange.to, exchange.payoutAddress, sent);
    this.lastPayouts.set(exchange.to.chain, payoutHash);
    if (outcome.kind === "twice") await this.send(exchange.to, exchange.payoutAddress, sent);
    await this.step();
    if (outcome.kind === "disowns") await this.disown(exchange);
    this.finish(exchange, { payoutHash, amountTo });
    if (outcome.kind === "backwards") await this.stepBack(exchange, { payoutHash, amountTo });
  }

  private finish(exchange: Exchange, paid: { payoutHash: string; amountTo: bigint }): void {
    Object.assign(exchange, paid);
    this.set(exchange, "finished");
  }

  /** Takes the payout of the exchange before for this one's, and says so until somebody notices. */
  private async misname(exchange: Exchange, amountTo: bigint): Promise<void> {
    const payoutHash = this.lastPayouts.get(exchange.to.chain);
    if (payoutHash === undefined) return;
    this.finish(exchange, { payoutHash, amountTo });
    await this.until(() => exchange.released);
    await this.takeBack(exchange);
  }

  /** Has delivered, and says that it failed. */
  private async disown(exchange: Exchange): Promise<void> {
    this.set(exchange, "failed");
    await this.until(() => exchange.released);
  }

  /** Says that it was never finished, and finishes once more with the same payout. */
  private async stepBack(exchange: Exchange, paid: { payoutHash: string; amountTo: bigint }): Promise<void> {
    await this.step();
    await this.takeBack(exchange);
    this.finish(exchange, paid);
  }

  private async takeBack(exchange: Exchange): Promise<void> {
    exchange.payoutHash = null;
    exchange.amountTo = null;
    for (const status of ["exchanging", "sending"]) {
      this.set(exchange, status);
      await this.step();
    }
  }

  private async refund(exchange: Exchange, amount: bigint): Promise<void> {
    if (exchange.refundAddress === null) {
      this.set(exchange, "failed"); // without an address of the customer only their support can help
      return;
    }
    const { outcome, from, refundAddress } = exchange;
    const whole =
      outcome.kind === "partial_refund"
        ? quantize(part(amount, outcome.fraction), from.decimals, "down")
        : amount;
    const fee = this.world.desk.withdrawalFee(from);
    const refundAmount = whole > fee ? whole - fee : 0n;
    const refundHash = await this.send(from, refundAddress, refundAmount);
    if (outcome.kind !== "refund" || !outcome.untold) Object.assign(exchange, { refundHash, refundAmount });
    await this.step();
    this.set(exchange, "refunded");
  }

  /** Really, where the sandbox has the chain; a chain that refuses is asked again. */
  private async send(coin: SwapCoin & Coin, to: string, amount: bigint): Promise<string> {
    if (coin.assetId === null || amount === 0n) return inventHash(coin.family);
    const units = toBaseUnits(amount, coin.decimals);
    const anvil = this.chains.get(coin.chain);
    if (anvil === undefined) {
      const paid = await this.world.payElsewhere?.({ assetId: coin.assetId, to, amount: units });
      return paid ?? inventHash(coin.family);
    }
    const move = { from: treasury, to, assetId: coin.assetId, amount: units };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await transfer(anvil, move);
      } catch (error) {
        if (attempt === 50) throw error;
        await this.world.background.sleep(200);
      }
    }
  }
}
