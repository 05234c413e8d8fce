import { mkdtemp, rm } from "node:fs/promises";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { useRandomBytes } from "../sandbox/randomness.ts";
import { fund } from "../sandbox/tokens.ts";
import { sqlStateOf, type Database } from "../src/database/index.ts";
import { useIdSource } from "../src/ids.ts";
import { enqueueNamed, lookAtQueue } from "../src/jobs/index.ts";
import { createKeystore, loadDepositKeys, schedules, type Direct } from "../src/engine/index.ts";
import { createApiKey } from "../src/operators/index.ts";
import { loadConfig } from "../src/config/index.ts";
import { payoutPolicy } from "../src/policy/index.ts";
import { changeSetting } from "../src/settings/index.ts";
import type { Logger } from "../src/telemetry/index.ts";
import { openChain, type ChainKind, type SimulatedChain } from "./open-chain.ts";
import { checkWorld, countUnfinished, type Finding, type Sums } from "./checks.ts";
import { oursOf, readChainTruth } from "./chain-truth.ts";
import { createCrashPlan, type CrashPlan } from "./crash-plan.ts";
import { SimulatedProcess } from "./simulated-process.ts";
import { Interleaver, NobodyAnswers, type Mortal } from "./fibers.ts";
import { createMerchant, type Ask, type Merchant } from "./merchant.ts";
import { createOperator, type Operator } from "./operator.ts";
import { createNetwork, type CallFault } from "./network.ts";
import { drawPolicy } from "./policies.ts";
import type { SimulationServer } from "./postgres.ts";
import { createRandom, type Random } from "./random.ts";
import { createStory, type Mood, type Story } from "./story.ts";
import { createVirtualBackground, createVirtualTime, rest, type VirtualTime } from "./virtual-time.ts";
import { stopWallClock } from "./wall-clock.ts";
import { createOutsideWorld, engineHost, type OutsideWorld } from "./world.ts";

export interface SimulationOptions {
  readonly seed: number;
  readonly payments: number;
  readonly mood: Mood;
  readonly chain: ChainKind;
  /** One in so many places is died at; null: none. */
  readonly crashOneIn: number | null;
  readonly processes: number;
  readonly log: Logger;
  trace(line: string): void;
}

export interface SimulationResult {
  readonly seed: number;
  readonly findings: readonly Finding[];
  readonly sums: Sums;
  readonly seen: readonly string[];
  readonly died: readonly string[];
  readonly deaths: number;
  readonly faults: number;
  readonly effects: number;
  readonly stalls: number;
  /** Simulated hours until everything had come to rest. */
  readonly hours: number;
  /** Of everything that happened, in its order: the same seed gives the same one. */
  readonly fingerprint: string;
}

interface Told {
  readonly story: Story;
  /** The last customer has come. */
  readonly told: Promise<void>;
  readonly operator: Operator;
}

const lockNotAvailable = "55P03";
/** Beyond the wall clock of any run, so that the queue's own time never passes ours. */
const epoch = new Date("2040-01-01T00:00:00Z");
const hourMs = 3_600_000;
const chainId = 31_337;
const password = "a password for simulations only";
const depositWords = `${"test ".repeat(11)}junk`;
const ether = 10n ** 18n;
/** How long the calm world may take to finish everything, in simulated time. */
const patienceMs = 4 * 24 * hourMs;

const hostileFaults: readonly (readonly [CallFault, number])[] = [
  ["lost_request", 0.02],
  ["lost_answer", 0.02],
  ["unavailable", 0.01],
  ["rate_limited", 0.005],
  ["garbled", 0.01],
];

/** What fails nearly always in some worlds, as long as they are hostile: the words that name the call, and how. */
const usualFaults: readonly (readonly [string, CallFault])[] = [
  ["rpc eth_sendRawTransaction", "lost_answer"],
  ["rpc eth_getTransactionReceipt", "garbled"],
  ["changenow GET /exchange/by-id", "garbled"],
  ["changenow POST /exchange", "lost_answer"],
  ["nowpayments GET /payment/", "unavailable"],
];

type DepositKeys = NonNullable<Direct["keys"]> | null;

const drawUsualFault = (random: Random): (typeof usualFaults)[number] | null => {
  const chance = random.fork("usual fault");
  return chance.chance(0.4) ? chance.pick(usualFaults) : null;
};

function rareFault(drawn: number): CallFault | null {
  let passed = 0;
  for (const [fault, probability] of hostileFaults) {
    passed += probability;
    if (drawn < passed) return fault;
  }
  return null;
}

async function makeDepositKeys(path: string): Promise<DepositKeys> {
  const { importDepositSeed, openDepositKeys } = await loadDepositKeys();
  await importDepositSeed(path, password, depositWords, { scryptN: 1_024 });
  return openDepositKeys(path, password);
}

/** The same values in other words, so that a signature over the values still fits. */
function respelled(notice: string, random: Random): string {
  const end = random.pick([".0", ".00", "e0"]);
  return notice.replace(/"payment_id":(\d+)/, (_all, id: string) => `"payment_id":${id}${end}`);
}

/** One world, from its first payee to its last unit: real rooms on a real database, in time and chance of our own. */
class Simulation {
  private readonly options: SimulationOptions;
  private readonly server: SimulationServer;
  private readonly random: Random;
  private readonly time: VirtualTime = createVirtualTime(epoch);
  private readonly background = createVirtualBackground(this.time);
  private readonly plan: CrashPlan;
  private readonly workers: Random;
  private readonly interleaver: Interleaver;
  private readonly digest = createHash("sha256");
  private readonly processes: SimulatedProcess[] = [];
  /** In every other world some pay straight to addresses of ours; the watching of a chain is half the work of those. */
  private readonly isPaidDirectly: boolean;
  private deaths = 0;
  private faults = 0;
  private hostile: boolean;
  private failure: unknown = null;

  constructor(server: SimulationServer, options: SimulationOptions) {
    this.options = options;
    this.server = server;
    this.random = createRandom(`spillway/${options.seed}`);
    this.hostile = options.mood === "hostile";
    this.isPaidDirectly = this.random.fork("paid directly").chance(0.5);
    this.workers = this.random.fork("workers");
    this.plan = createCrashPlan(options.seed, options.crashOneIn);
    const turns = this.random.fork("turns");
    const pace = this.random.fork("pace");
    this.interleaver = new Interleaver({
      choose: (count) => turns.below(count),
      diesAt: (fiber, point, when) => {
        const place = `${fiber.activity} · ${when} ${point}`;
        this.note(`${fiber.process.name} ${place}`);
        return this.plan.diesAt(place);
      },
      kill: (process) => this.kill(process),
      afterEffect: async () => {
        if (pace.chance(0.04)) await this.time.advanceTo(this.time.ms + pace.below(4_000));
      },
    });
  }

  private note(line: string): void {
    this.digest.update(line);
    this.options.trace(`${this.time.now().toISOString().slice(5, 19)} ${line}`);
  }

  async run(): Promise<SimulationResult> {
    const { seed } = this.options;
    const chance = { ids: this.random.fork("ids"), sandbox: this.random.fork("sandbox") };
    useIdSource({ randomBytes: (size) => chance.ids.bytes(size), now: () => this.time.ms });
    useRandomBytes((size) => chance.sandbox.bytes(size));
    const startWallClock = stopWallClock();
    const name = `simulation_${process.pid}_${seed}`;
    const directory = await mkdtemp(join(tmpdir(), "spillway-simulation-keys-"));
    const { url, observer } = await this.server.createDatabase(name);
    const chain = await openChain(this.options.chain, { chainId, clock: this.time });
    try {
      return await this.live({ ...observer, url }, chain, directory);
    } finally {
      for (const process of this.processes) await process.die();
      await chain.stop();
      await observer.close();
      await this.server.dropDatabase(name);
      await rm(directory, { recursive: true, force: true });
      startWallClock();
    }
  }

  private async live(
    database: Database,
    chain: SimulatedChain,
    directory: string,
  ): Promise<SimulationResult> {
    const keystore = join(directory, "key.json");
    const privateKey = `0x${this.random.fork("key").bytes(32).toString("hex")}` as const;
    const { address: wallet } = await createKeystore(keystore, password, { scryptN: 1_024, privateKey });
    const world = await createOutsideWorld({
      chain: chain.control,
      chainId,
      clock: this.time,
      background: this.background,
      toEngine: this.wayToEngine(),
    });
    world.nowpayments.configure({ payoutWallet: wallet });
    // The operator's float pays the gas, and what providers keep beyond their word.
    await fund(chain.control, wallet, "ethereum:ETH", 20n * ether);
    await fund(chain.control, wallet, "ethereum:USDT", 5_000n * 10n ** 6n);
    const depositSeed = join(directory, "deposits.json");
    const depositKeys = this.isPaidDirectly ? await makeDepositKeys(depositSeed) : null;
    const environment = {
      ...world.environment,
      DATABASE_URL: database.url,
      KEYSTORE_PATH: keystore,
      KEYSTORE_PASSWORD: password,
      DEPOSIT_KEYSTORE_PATH: depositSeed,
    };
    await this.startProcesses(database, { environment, world, depositKeys });
    const keyOf = async (owner: string): Promise<string> => {
      const asked = { name: owner, owner, scopes: ["admin"] as const, now: this.time.now() };
      return (await createApiKey(database.db, asked)).key;
    };
    const keys = [await keyOf("first"), await keyOf("second"), await keyOf("third")] as const;
    const policy = drawPolicy(this.random.fork("policy"));
    if (policy !== null)
      await changeSetting(database.db, {
        setting: payoutPolicy,
        value: policy,
        changedBy: "cli:owner",
        now: this.time.now(),
        expectedVersion: undefined,
      });
    this.startSchedules(database, environment);
    const story = this.tell({ world, chain, wallet }, keys);
    await this.untilQuiet(database, story);
    // What broke in the world itself is no finding about the engine.
    if (this.background.failures.length > 0) throw this.background.failures[0];
    return this.judge(database, { world, wallet, met: story.operator.findings });
  }

  private async startProcesses(
    database: Database,
    {
      environment,
      world,
      depositKeys,
    }: {
      environment: Readonly<Record<string, string>>;
      world: OutsideWorld;
      depositKeys: DepositKeys;
    },
  ): Promise<void> {
    const { interleaver, time } = this;
    const { monitor } = this.server;
    const fetch = createNetwork({
      interleaver,
      servers: world.servers,
      fault: this.drawFault(),
      trace: (line) => this.note(line),
    });
    for (let index = 0; index < this.options.processes; index++) {
      const name = `engine-${index + 1}`;
      const random = this.random.fork(name);
      const { log } = this.options;
      const parts = {
        databaseUrl: database.url,
        environment,
        interleaver,
        monitor,
        time,
        random,
        fetch,
        depositKeys,
        log,
        slots: 2,
      };
      const process = new SimulatedProcess(name, parts);
      this.processes.push(process);
      this.startLater(process, 0);
    }
  }

  private drawFault(): (call: string) => CallFault | null {
    const chance = this.random.fork("faults");
    const usual = drawUsualFault(this.random);
    return (call) => {
      const drawn = chance.next();
      if (!this.hostile) return null;
      const fault = usual !== null && call.startsWith(usual[0]) && drawn < 0.9 ? usual[1] : rareFault(drawn);
      if (fault !== null) this.faults += 1;
      return fault;
    };
  }

  private startLater(process: SimulatedProcess, afterMs: number): void {
    this.time.at(this.time.ms + afterMs, () => {
      // Dying on the way is what kill() answers; any other failure of a start is ours to show.
      process.start().catch((error: unknown) => {
        if (!process.dead) this.failure ??= error;
      });
    });
  }

  private async kill(mortal: Mortal): Promise<void> {
    const process = this.processes.find((one) => one === mortal)!;
    this.deaths += 1;
    this.note(`${process.name} dies`);
    await process.die();
    await this.interleaver.bury(process);
    this.startLater(process, 1_000 + this.random.below(40_000));
  }

  /** Any process that answers; the next one takes the place of one that does not. */
  private ask(): Ask {
    const chance = this.random.fork("asking");
    return (activity, request) => {
      const up = this.processes.filter((process) => process.ready);
      if (up.length === 0) return Promise.reject(new NobodyAnswers());
      return chance.pick(up).request(activity, request);
    };
  }

  private wayToEngine(): typeof globalThis.fetch {
    const ask = this.ask();
    const chance = this.random.fork("respelling");
    return async (input, init = {}) => {
      const url = new URL(String(input));
      if (url.host !== engineHost) throw new TypeError("fetch failed");
      const headers: Record<string, string> = {};
      new Headers(init.headers).forEach((value, name) => (headers[name] = value));
      const post = (notice: string): ReturnType<Ask> =>
        ask(`POST ${url.pathname}`, { method: "POST", path: url.pathname, body: notice, headers });
      const { status, body } = await post(String(init.body));
      // Whoever overheard it sends it once more, spelled otherwise, under the signature that it had.
      if (this.hostile && chance.chance(0.2))
        await post(respelled(String(init.body), chance)).catch(() => undefined);
      return new Response(body, { status });
    };
  }

  /** The queue starts these by the clock; here the clock is ours. */
  private startSchedules(database: Database, environment: Readonly<Record<string, string>>): void {
    for (const { task, cron } of schedules(loadConfig(environment))) {
      const every = /^\*\/(\d+) \* \* \* \*$/.exec(cron)?.[1];
      const everyMs = every === undefined ? 24 * hourMs : parseInt(every, 10) * 60_000;
      const tick = async (): Promise<void> => {
        this.time.at(this.time.ms + everyMs, tick);
        try {
          await enqueueNamed(database.db, task, {}, { key: `schedule:${task}` });
        } catch (error) {
          // The last one of it is in the hands of a process that has paused: it counts for this one.
          if (sqlStateOf(error) !== lockNotAvailable) throw error;
        }
      };
      this.time.at(this.time.ms + everyMs, tick);
    }
  }

  private tell(
    outside: { world: OutsideWorld; chain: SimulatedChain; wallet: string },
    [apiKey, secondKey, thirdKey]: readonly [string, string, string],
  ): Told {
    const { time, random } = this;
    const merchant = createMerchant({ ask: this.ask(), apiKey, time, random: random.fork("merchant") });
    const person = (key: string, name: string): Merchant =>
      createMerchant({ ask: this.ask(), apiKey: key, time, random: random.fork(name) });
    const story = createStory({
      ...outside,
      merchant,
      time,
      random: random.fork("story"),
      mood: this.options.mood,
      isPaidDirectly: this.isPaidDirectly,
      payments: this.options.payments,
      trace: (line) => this.note(line),
    });
    const told = story.begin();
    const operator = createOperator({
      persons: [person(apiKey, "first person"), person(secondKey, "second person")],
      third: person(thirdKey, "third person"),
      personWith: person,
      time,
      random: random.fork("operator"),
      onChain: async () => {
        const truth = await readChainTruth(outside.world.chain);
        const ours = oursOf(truth, outside.wallet);
        return truth.moves.filter(({ to }) => ours.has(to)).map(({ hash }) => hash);
      },
      told: () =>
        [outside.world.changenow, outside.world.simpleswap].flatMap((provider) =>
          provider
            .exchanges()
            .flatMap(({ payoutHash }) => (typeof payoutHash === "string" ? [payoutHash] : [])),
        ),
      failed: (error) => (this.failure ??= error),
      trace: (line) => this.note(line),
    });
    if (this.hostile) operator.meddle();
    return { story, told, operator };
  }

  /** Lets time pass until the customers are through, then calms the world and waits until nothing is on its way. */
  private async untilQuiet(database: Database, { story, told, operator }: Told): Promise<void> {
    await this.passTime(database, told);
    await this.passTime(database, this.time.sleep(2.5 * hourMs));
    this.note("the world calms down");
    this.hostile = false;
    await this.passTime(database, operator.calm());
    const giveUp = this.time.ms + patienceMs;
    // Nobody can end a swap that its provider denies before a day has passed: that is no reason to give up.
    while (this.time.ms < giveUp || story.denies()) {
      await story.calm();
      for (let half = 1; half <= 3; half++) {
        await this.passTime(database, this.time.sleep(hourMs / 2));
        await this.passTime(database, operator.attend());
      }
      await this.passTime(database, operator.look());
      if (story.denies() || (await countUnfinished(database.db)) > 0) continue;
      // Coins that nobody announced are decided upon when they are an hour old.
      await this.passTime(database, this.time.sleep(2 * hourMs));
      if ((await countUnfinished(database.db)) === 0) return;
    }
  }

  /** Lets time pass, and everything happen that it brings, until `end` has come. */
  private async passTime(database: Database, end: Promise<void>): Promise<void> {
    let over = false;
    end.then(
      () => (over = true),
      (error: unknown) => (this.failure ??= error),
    );
    for (;;) {
      await this.interleaver.drain();
      await rest();
      if (this.failure !== null) throw this.failure;
      const { due, next } = await lookAtQueue(database.db, this.time.now());
      if (this.startWorkers(due)) continue;
      if (over) return;
      // Jobs that nobody can take wait for a process to start, which is a timer.
      const job = due > 0 || next === null ? Number.POSITIVE_INFINITY : next.getTime();
      const at = Math.min(this.time.next() ?? job, job);
      if (at === Number.POSITIVE_INFINITY) throw new Error("nothing will ever happen again");
      await this.time.advanceTo(Math.max(at, this.time.ms));
    }
  }

  /** As many slots as there are jobs, on whichever processes have some free. */
  private startWorkers(due: number): boolean {
    let left = due;
    const free = this.processes.flatMap((process) =>
      Array<SimulatedProcess>(process.freeSlots).fill(process),
    );
    if (left === 0 || free.length === 0) return false;
    while (left > 0 && free.length > 0) {
      const [process] = free.splice(this.workers.below(free.length), 1);
      left -= 1;
      process!.work().catch((error: unknown) => {
        if (!process!.dead) this.failure ??= error;
      });
    }
    return true;
  }

  private async judge(
    database: Database,
    { met, ...parts }: { world: OutsideWorld; wallet: string; met: readonly Finding[] },
  ): Promise<SimulationResult> {
    const { findings, sums } = await checkWorld({ database, ...parts, now: this.time.now() });
    return {
      seed: this.options.seed,
      findings: [...met, ...findings],
      sums,
      seen: [...this.plan.seen],
      died: [...this.plan.died],
      deaths: this.deaths,
      faults: this.faults,
      effects: this.interleaver.effects,
      stalls: this.interleaver.stalls,
      hours: Math.round((this.time.ms - epoch.getTime()) / hourMs),
      fingerprint: this.digest.digest("hex").slice(0, 16),
    };
  }
}

/** @throws what went wrong with the simulation itself; what is wrong with the engine is in `findings`. */
export function simulate(server: SimulationServer, options: SimulationOptions): Promise<SimulationResult> {
  return new Simulation(server, options).run();
}
