import { expect } from "vitest";
import type { Schemas } from "../../../client/index.ts";
import type { SandboxOptions } from "../../../sandbox/types.ts";
import {
  changeSetting,
  driveUntil,
  freshParts,
  giveEarnings,
  startWorld,
  withJobs,
  type World,
} from "../../../tests/support/index.ts";
import { systemClock } from "../../clock.ts";
import { checkConversions, conversionJobs, type Conversion } from "../../conversions/index.ts";
import { sql } from "../../database/index.ts";
import type { Job } from "../../jobs/index.ts";
import { accounts, balanceOf } from "../../ledger/index.ts";
import { silentLogger } from "../../telemetry/index.ts";
import { swapJobs, swapsOf, type Swap, type SwapDeps } from "../index.ts";

export const ETH = "ethereum:ETH";
export const USDT = "ethereum:USDT";
export const hour = 3_600_000;
/** About ninety dollars' worth of ether. */
export const amount = 30n * 10n ** 15n;

/** A world whose clock the test moves, and whose swaps go on when the test says so. */
export class SwapWorld {
  readonly world: World;
  /** How far the engine's clock is ahead of the real one, in ms. */
  ahead = 0;
  readonly clock = { now: () => new Date(systemClock.now().getTime() + this.ahead) };
  readonly deps: SwapDeps;
  readonly jobs: readonly Job[];
  private readonly metrics: ReturnType<typeof freshParts>["metrics"];

  private constructor(world: World) {
    this.world = world;
    const parts = freshParts(world, this.clock);
    this.deps = parts.swaps;
    this.metrics = parts.metrics;
    this.jobs = withJobs(world, [
      ...swapJobs(parts.swaps),
      ...conversionJobs({ ...parts.conversions, prices: world.engine.prices }),
    ]);
  }

  static async start(sandbox: SandboxOptions = {}): Promise<SwapWorld> {
    const world = await startWorld({
      worker: false,
      sandbox: { blocks: "automine", swapStepMs: 10, ...sandbox },
      // Each round of a drive looks once; a job must not be due again before its round is over.
      env: { TRANSFER_POLL_MS: "60000", SWAP_POLL_MS: "60000" },
    });
    return new SwapWorld(world);
  }

  /** Gives a payee earnings, and claims them with a conversion. @returns its id */
  async claim(payeeId: string, asset = ETH, gift = amount): Promise<string> {
    await giveEarnings(this.world, asset, [{ payeeId, amount: gift }]);
    return this.check(asset);
  }

  /** @returns the id of the conversion that claims what is pending of the asset */
  async check(asset = ETH): Promise<string> {
    const found = await checkConversions(this.world.engine.conversions, AbortSignal.timeout(20_000), true);
    const id = found.find((one) => one.asset === asset)?.conversionId;
    expect(found, "a conversion starts").toContainEqual(
      expect.objectContaining({ asset, decision: "converted" }),
    );
    return id!;
  }

  async conversion(id: string): Promise<Conversion> {
    const { rows } = await sql<Conversion>`select * from conversion where id = ${id}`.execute(
      this.world.engine.db,
    );
    return rows[0]!;
  }

  swaps(conversionId: string): Promise<Swap[]> {
    return swapsOf(this.world.engine.db, "conversion", conversionId);
  }

  async swap(conversionId: string): Promise<Swap> {
    return (await this.swaps(conversionId)).at(-1)!;
  }

  /** Runs everything until the conversion's last swap is as told. */
  untilSwap(conversionId: string, what: Partial<Swap>): Promise<Swap> {
    return driveUntil(
      this.world,
      `swap ${JSON.stringify(what, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value))}`,
      async () => {
        const swap = await this.swap(conversionId);
        const matches = ([key, value]: [string, unknown]): boolean => swap[key as keyof Swap] === value;
        return swap !== undefined && Object.entries(what).every(matches) ? swap : null;
      },
      { jobs: this.jobs },
    );
  }

  /** The swap, once the transfer that funds it is planned. */
  async funding(conversionId: string): Promise<Swap | null> {
    const swap = await this.swap(conversionId);
    return swap?.transfer_id ? swap : null;
  }

  untilConversion(id: string, status: Conversion["status"]): Promise<Conversion> {
    return driveUntil(
      this.world,
      `conversion ${status}`,
      async () => {
        const found = await this.conversion(id);
        return found.status === status ? found : null;
      },
      { jobs: this.jobs },
    );
  }

  /** As far as its exchange at the provider, and no further: nothing is funded. */
  async openOnly(conversionId: string): Promise<Swap> {
    const jobs = this.jobs.filter((job) => job.name !== "swaps.advance");
    const { id } = await driveUntil(this.world, "a swap", () => this.swap(conversionId), { jobs });
    await this.run("swaps.advance", { id });
    return this.swap(conversionId);
  }

  run(name: string, payload: object = {}): Promise<void> {
    const job = this.jobs.find((one) => one.name === name)!;
    return job.run(payload, { signal: AbortSignal.timeout(10_000), attempt: 1, log: silentLogger });
  }

  balance(account: string, asset: string): Promise<bigint> {
    return balanceOf(this.world.engine.db, account, asset);
  }

  /** How often this went wrong, by the metrics. */
  async failures(reason: string): Promise<number> {
    const { values } = await this.metrics.failures.get();
    return values.find(({ labels }) => labels.reason === reason)?.value ?? 0;
  }

  available = (payeeId: string): Promise<bigint> => this.balance(accounts.payee(payeeId, "available"), USDT);

  pending = (payeeId: string, asset = ETH): Promise<bigint> =>
    this.balance(accounts.payee(payeeId, "pending"), asset);

  /** What the platform gained (above zero) or lost. */
  variance = (asset: string): Promise<bigint> => this.balance(accounts.platform("variance"), asset);

  set = (key: Schemas["Setting"]["key"], changed: object | string): Promise<number> =>
    changeSetting(this.world, key, changed);
}
