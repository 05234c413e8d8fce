import {
  driveUntil,
  freshParts,
  giveEarnings,
  startWorld,
  withJobs,
  type World,
} from "../../../tests/support/index.ts";
import { systemClock } from "../../clock.ts";
import { checkConversions } from "../../conversions/index.ts";
import type { Job } from "../../jobs/index.ts";
import { accounts, balanceOf } from "../../ledger/index.ts";
import { attemptsOf, findPayout, payoutJobs, planPayouts, type Payout } from "../../payouts/index.ts";
import { silentLogger } from "../../telemetry/index.ts";
import { swapJobs, swapsOf, type Swap } from "../index.ts";
import { providerSays, type Words } from "./provider-says.ts";
import { hour, USDT } from "./swap-world.ts";

export interface Target {
  readonly asset: string;
  readonly address: string;
}

/** A world whose payees are paid by swaps, and whose clock the test moves. */
export class PayoutWorld {
  /** How far the engine's clock is ahead of the real one, in ms. */
  ahead = 0;
  readonly clock = { now: () => new Date(systemClock.now().getTime() + this.ahead) };
  parts: ReturnType<typeof freshParts>;
  jobs: readonly Job[];
  readonly world: World;

  private constructor(world: World) {
    this.world = world;
    this.parts = freshParts(world, this.clock);
    this.jobs = this.jobsNow();
  }

  private jobsNow(): Job[] {
    return withJobs(this.world, [...swapJobs(this.parts.swaps), ...payoutJobs(this.parts.payouts)]);
  }

  /** As after a crash: nothing is remembered, no provider is left alone. */
  forget(): void {
    this.world.sandbox.heal();
    this.parts = freshParts(this.world, this.clock);
    this.jobs = this.jobsNow();
  }

  /** Looks at a swap as its job does. */
  look({ id }: Pick<Swap, "id">): Promise<void> {
    const job = this.jobs.find(({ name }) => name === "swaps.advance")!;
    return job.run({ id }, { signal: AbortSignal.timeout(20_000), attempt: 1, log: silentLogger });
  }

  static async start(): Promise<PayoutWorld> {
    const world = await startWorld({
      worker: false,
      sandbox: { blocks: "automine", swapStepMs: 10 },
      env: { TRANSFER_POLL_MS: "60000", SWAP_POLL_MS: "60000" },
    });
    return new PayoutWorld(world);
  }

  /** Earns for new payees and plans their payouts. @returns each payout's payee and id */
  async payouts(
    targets: readonly Target[],
    amount = 50_000_000n,
  ): Promise<{ payeeId: string; id: string }[]> {
    const { db } = this.world.engine;
    const payees: string[] = [];
    for (const destination of targets) payees.push(await this.world.payee({ destination }));
    const gifts = payees.map((payeeId) => ({ payeeId, amount }));
    await giveEarnings(this.world, USDT, gifts);
    await checkConversions(this.world.engine.conversions, AbortSignal.timeout(20_000), true);
    const last = accounts.payee(payees.at(-1)!, "available");
    await driveUntil(this.world, "available", async () => (await balanceOf(db, last, USDT)) > 0n);
    const ids = await planPayouts(this.world.engine.payouts, AbortSignal.timeout(20_000));
    const planned = await Promise.all(ids.map((id) => this.payout(id)));
    return payees.map((payeeId) => ({
      payeeId,
      id: planned.find(({ payee_id }) => payee_id === payeeId)!.id,
    }));
  }

  async payout(id: string): Promise<Payout> {
    return (await findPayout(this.world.engine.db, id))!;
  }

  async swap(payoutId: string): Promise<Swap | undefined> {
    const attempt = (await attemptsOf(this.world.engine.db, payoutId)).at(-1);
    return attempt && (await swapsOf(this.world.engine.db, "payout_attempt", attempt.id)).at(-1);
  }

  /** Runs everything until it answers with something true. */
  until<T>(what: string, probe: () => Promise<T>): Promise<Exclude<T, false | null | undefined>> {
    return driveUntil(this.world, what, probe, { jobs: this.jobs });
  }

  /** Runs everything until each payout's swap has this status. */
  async untilSwaps(ids: readonly string[], status: Swap["status"]): Promise<Swap[]> {
    return this.until(`swaps ${status}`, async () => {
      const swaps = await Promise.all(ids.map((id) => this.swap(id)));
      return swaps.every((swap) => swap?.status === status) && (swaps as Swap[]);
    });
  }

  /** Payouts whose swaps their provider holds, in review for their deadline; the clock is 25 hours ahead then. */
  async inReview(targets: readonly Target[]): Promise<{ payeeId: string; id: string; swap: Swap }[]> {
    this.world.sandbox.changenow.nextOutcome({ kind: "hold" }, targets.length);
    const made = await this.payouts(targets);
    const ids = made.map(({ id }) => id);
    await this.untilSwaps(ids, "on_hold");
    this.ahead = 25 * hour;
    const swaps = await this.untilSwaps(ids, "in_review");
    await this.until("payouts in review", async () =>
      (await Promise.all(ids.map((id) => this.payout(id)))).every(({ status }) => status === "in_review"),
    );
    return made.map((one, index) => ({ ...one, swap: swaps[index]! }));
  }

  /** What the provider answers next about an exchange, beyond what is true of it. */
  says(swap: Swap, words: Words, times = 1): void {
    providerSays(this.world, swap, words, times);
  }
}
