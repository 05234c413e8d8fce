import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";

/** One process of the engine, as far as the interleaving knows it. */
export interface Mortal {
  readonly name: string;
  readonly dead: boolean;
}

/** A job, a request or a start, under way in one process. */
export interface Fiber {
  readonly process: Mortal;
  /** What it is doing, as the crash points name it: "job swaps.advance". */
  activity: string;
  /** Effects it waits for: several, where it does things at once. */
  pending: number;
  /** What it waits for that comes by itself and takes as long as the machine takes: a connection, say. */
  readonly underWay: Set<Promise<unknown>>;
  /** It has reached its next effect or its end. */
  arrived: boolean;
  fail(error: unknown): void;
}

/** What a step does outside its own memory. A process can die before it, and after it before it learns of it. */
export interface Effect {
  /** null: reads only, so that dying around it is dying around the effects beside it. */
  readonly point: string | null;
  /** It may free locks that others wait for. */
  readonly freesLocks: boolean;
  run(): Promise<unknown>;
  /** Whether it waits for a lock of somebody else's; never asked of what holds none. */
  readonly isBlocked?: () => Promise<boolean>;
}

interface Ready {
  readonly fiber: Fiber;
  /** Does the step; afterwards the fiber goes on. */
  take(): Promise<void>;
}

interface Blocked {
  readonly fiber: Fiber;
  readonly effect: Effect;
  settled: boolean;
  readonly outcome: Promise<() => void>;
  readonly isBlocked: () => Promise<boolean>;
}

/** Thrown at whoever waits for an answer of a process that died. */
export class ProcessDied extends Error {}

/** No process was there to ask. */
export class NobodyAnswers extends Error {}

const shortMs = 15;
/** How long we wait for what no other fiber can bring; only a machine that stands still needs it. */
const idleMs = 60_000;
/** A fiber that reaches no effect in so many turns of the event loop waits for another one of its process. */
const idleTurns = 400;

async function pause(ms: number): Promise<"late"> {
  await sleep(ms, undefined, { ref: false });
  return "late";
}

/** For what goes on beside other effects of its fiber, and may or may not come to one of its own. */
async function severalTurns(count = 25): Promise<void> {
  for (let round = 0; round < count; round++) await turn();
}

export interface InterleaverOptions {
  /** Which of so many ready steps is next. */
  choose(count: number): number;
  /** Told of each place where a process could die. True: it dies here. */
  diesAt(fiber: Fiber, point: string, when: "before" | "after"): boolean;
  kill(process: Mortal): Promise<void>;
  /** After each effect: time may pass. */
  afterEffect(): Promise<void>;
}

/**
 * Lets the fibers of all processes take turns, one effect at a time, in an order that chance decides and the same chance
 * repeats. A step that waits for a lock in the database is set aside until the lock is free.
 */
export class Interleaver {
  private readonly options: InterleaverOptions;
  private readonly storage = new AsyncLocalStorage<Fiber>();
  private readonly live = new Set<Fiber>();
  /** Died with their process, whose successor goes by the same object: one that was between two effects just then is still running. */
  private readonly buried = new WeakSet<Fiber>();
  /** Go on when another one of their process has done something. */
  private readonly waiting = new Set<Fiber>();
  private readonly ready: Ready[] = [];
  private blocked: Blocked[] = [];
  /** Fibers that reached no effect within our patience. Above zero, the run may not repeat exactly. */
  stalls = 0;
  effects = 0;

  constructor(options: InterleaverOptions) {
    this.options = options;
  }

  /** Starts a fiber. @throws {ProcessDied} its process died meanwhile. */
  spawn<T>(process: Mortal, activity: string, work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const fiber: Fiber = {
        process,
        activity,
        pending: 0,
        underWay: new Set(),
        arrived: false,
        fail: reject,
      };
      const begin = async (): Promise<void> => {
        const end = (): void => {
          this.live.delete(fiber);
          fiber.arrived = true;
        };
        this.storage.run(fiber, work).finally(end).then(resolve, reject);
        await this.arrival(fiber);
      };
      this.live.add(fiber);
      this.ready.push({ fiber, take: begin });
    });
  }

  /** The running fiber does something else from now on. */
  rename(activity: string): void {
    const fiber = this.storage.getStore();
    if (fiber !== undefined) fiber.activity = activity;
  }

  /** Lets the running fiber wait for something that is no effect. Its turn ends when that is there, late or not. */
  awaits<T>(coming: Promise<T>): Promise<T> {
    const fiber = this.storage.getStore();
    if (fiber === undefined) return coming;
    fiber.underWay.add(coming);
    const there = (): void => void fiber.underWay.delete(coming);
    coming.then(there, there);
    return coming;
  }

  /** Does an effect when its turn comes; outside any fiber at once. In a dead process nothing ever happens again. */
  perform<T>(effect: Effect): Promise<T> {
    const fiber = this.storage.getStore();
    if (fiber === undefined) return effect.run() as Promise<T>;
    return new Promise<T>((resolve, reject) => {
      if (fiber.process.dead || this.buried.has(fiber)) return;
      fiber.pending += 1;
      this.ready.push({
        fiber,
        take: () => this.take(fiber, effect, resolve as (v: unknown) => void, reject),
      });
      fiber.arrived = true;
    });
  }

  /** Runs until every fiber has ended or waits for something outside. */
  async drain(): Promise<void> {
    while (this.ready.length > 0 || this.blocked.length > 0) {
      if (this.ready.length === 0) {
        await Promise.race([...this.blocked.map(({ outcome }) => outcome), pause(1_000)]);
        await this.collect();
        continue;
      }
      const [step] = this.ready.splice(this.options.choose(this.ready.length), 1);
      if (!step!.fiber.process.dead) await step!.take();
    }
  }

  /** Forgets what a dead process still wanted, and tells those who wait for it. */
  async bury(process: Mortal): Promise<void> {
    for (const fiber of this.live) {
      if (fiber.process !== process) continue;
      this.live.delete(fiber);
      this.buried.add(fiber);
      fiber.fail(new ProcessDied(`${process.name} died`));
    }
    for (let index = this.ready.length - 1; index >= 0; index--)
      if (this.ready[index]!.fiber.process === process) this.ready.splice(index, 1);
    this.blocked = this.blocked.filter(({ fiber }) => fiber.process !== process);
    await this.collect();
  }

  /** Until the fiber is at its next effect or its end, or can only get there through another one of its process. */
  private async arrival(fiber: Fiber): Promise<void> {
    const others = [...this.live].some((other) => other !== fiber && other.process === fiber.process);
    const until = performance.now() + idleMs;
    for (let turns = 0; !fiber.arrived; turns++) {
      if (fiber.underWay.size > 0) {
        if (await this.allThere(fiber)) turns = 0;
        else return;
      }
      if (others && turns > idleTurns) {
        this.waiting.add(fiber);
        return;
      }
      if (performance.now() > until) {
        this.stalls += 1;
        return;
      }
      await (turns < idleTurns ? turn() : pause(1));
    }
    this.waiting.delete(fiber);
    await this.allThere(fiber);
    await this.woken();
  }

  /** Whoever waited for the step that was just done goes on now, as far as the next effect. */
  private async woken(): Promise<void> {
    if (this.waiting.size === 0) return;
    await severalTurns(idleTurns);
    for (const fiber of this.waiting) {
      if (fiber.arrived || !this.live.has(fiber)) this.waiting.delete(fiber);
      await this.allThere(fiber);
    }
  }

  /** Besides an effect that it has reached, a fiber may be on its way to another: which of the two is quicker decides nothing. */
  private async allThere(fiber: Fiber): Promise<boolean> {
    while (fiber.underWay.size > 0) {
      const first = await Promise.race([Promise.allSettled(fiber.underWay), pause(idleMs)]);
      if (first === "late") {
        this.stalls += 1;
        return false;
      }
      await severalTurns();
    }
    return true;
  }

  private async take(
    fiber: Fiber,
    effect: Effect,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ): Promise<void> {
    const { point } = effect;
    if (point !== null && this.options.diesAt(fiber, point, "before")) return this.die(fiber);
    this.effects += 1;
    const outcome = effect.run().then(
      (value) => () => resolve(value),
      (error: unknown) => () => reject(error),
    );
    const { isBlocked } = effect;
    if (isBlocked !== undefined && !(await this.settles(outcome, isBlocked))) {
      const waiting: Blocked = { fiber, effect, settled: false, outcome, isBlocked };
      void outcome.then(() => (waiting.settled = true));
      this.blocked.push(waiting);
      return;
    }
    await this.finish(fiber, effect, await outcome);
  }

  private async finish(fiber: Fiber, effect: Effect, deliver: () => void): Promise<void> {
    if (effect.freesLocks) await this.collect();
    if (effect.point !== null && this.options.diesAt(fiber, effect.point, "after")) return this.die(fiber);
    fiber.pending -= 1;
    const alone = fiber.pending === 0;
    if (alone) fiber.arrived = false;
    deliver();
    if (!alone) await severalTurns();
    await this.arrival(fiber);
    await this.options.afterEffect();
  }

  private die({ process }: Fiber): Promise<void> {
    return this.options.kill(process);
  }

  /** Whether it settles; false once it is known to wait for a lock. */
  private async settles(outcome: Promise<unknown>, isBlocked: () => Promise<boolean>): Promise<boolean> {
    for (;;) {
      const first = await Promise.race([outcome, pause(shortMs)]);
      if (first !== "late") return true;
      if (await isBlocked()) return false;
    }
  }

  /** What waited for a lock and has it now goes on when its turn comes. */
  private async collect(): Promise<void> {
    for (const waiting of this.blocked) {
      const through = waiting.settled || (await this.settles(waiting.outcome, waiting.isBlocked));
      if (!through || !this.blocked.includes(waiting)) continue;
      this.blocked = this.blocked.filter((other) => other !== waiting);
      const { fiber, effect, outcome } = waiting;
      this.ready.push({ fiber, take: async () => this.finish(fiber, effect, await outcome) });
    }
  }
}
