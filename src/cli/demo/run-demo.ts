import { createWriteStream } from "node:fs";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "../../../client/index.ts";
import { startPaymentWorld } from "../../../harness/index.ts";
import type { Sandbox } from "../../../sandbox/index.ts";
import { systemClock } from "../../clock.ts";
import { loadConfig } from "../../config/index.ts";
import { startEngine, type Engine } from "../../engine/index.ts";
import { createApiKey } from "../../operators/index.ts";
import { createLogger } from "../../telemetry/index.ts";
import type { Progress } from "../progress.ts";
import { directCustomers, payOnChain, waitForSweeps } from "./direct.ts";
import { summarise } from "./picture.ts";
import { buildReport, type DemoReport } from "./report.ts";
import { convert, createPayees, payOrders, payOut, waitForArrivals, type Teller } from "./story.ts";
import { waitFor } from "./wait-for.ts";

export interface Demo {
  readonly report: DemoReport;
  readonly summary: string;
  /** Whether everything that the demo promises is true. */
  readonly holds: boolean;
  readonly url: string;
  readonly apiKey: string;
  readonly controls: string;
  stop(): Promise<void>;
}

/** What the operator puts into the hot wallet for network fees, on each of the two EVM chains. */
const operatorGas = 2n * 10n ** 18n;
const openingBalances = 2;

/** Starts the world and the engine, lives through the story and reports it. */
export async function runDemo(progress: Progress): Promise<Demo> {
  const startedAt = performance.now();
  const directory = await mkdtemp(join(tmpdir(), "spillway-demo-"));
  await chmod(directory, 0o711); // as root the database runs as another user, who must get in; keys are 0600 anyway
  const stops: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end();
  };
  try {
    const elapsed = () => `${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)} s`;
    const chapter = (title: string) => progress.step(`${elapsed()}  ${title}`);
    chapter("Starting local Ethereum and BNB Smart Chain, the emulated chains and providers, and the engine");
    const { sandbox, engine } = await startWorld(directory, stops);
    const { key } = await createApiKey(engine.db, {
      name: "demo",
      scopes: ["admin"],
      mode: "test",
      now: systemClock.now(),
    });
    const teller: Teller = {
      api: createClient({ url: engine.url ?? "", apiKey: key }),
      sandbox,
      say: progress.detail,
    };
    await waitFor("the wallet's opening balance", async () => {
      const { wallets } = await teller.api.get("/v1/reconciliation");
      return wallets.length >= openingBalances && wallets.every((wallet) => wallet.booked !== "0")
        ? wallets
        : null;
    });
    chapter("Three people are owed a share of every sale");
    const payees = await createPayees(teller);
    chapter("22 customers pay through the processor, in six coins");
    const { duplicates } = await payOrders(teller, payees);
    await waitForArrivals(teller);
    chapter(`${directCustomers} customers pay straight on chain, on five networks`);
    const direct = await payOnChain(teller, payees);
    await waitForSweeps(teller);
    chapter("The conversion trigger: all that is pending of a coin becomes USDT with one swap");
    const conversionIds = await convert(teller);
    chapter("Payouts");
    await payOut(teller, payees);
    chapter("Closing the books");
    const report = await buildReport({
      engine,
      api: teller.api,
      sandbox,
      duplicates,
      direct,
      conversionIds,
      startedAt,
    });
    const { holds, text } = summarise(report, payees);
    progress.end();
    const { url } = engine;
    return {
      report,
      summary: text,
      holds,
      url: url ?? "",
      apiKey: key,
      controls: sandbox.urls.control,
      stop,
    };
  } catch (error) {
    progress.step(`The story broke off. What the engine warned of:\n${await warnings(directory)}`);
    await stop();
    throw error;
  }
}

async function startWorld(
  directory: string,
  stops: (() => Promise<unknown>)[],
): Promise<{ sandbox: Sandbox; engine: Engine }> {
  const { sandbox, environment } = await startPaymentWorld({
    directory,
    gas: operatorGas,
    depositSeed: true,
    sandbox: {
      blocks: 0.5,
      paymentStepMs: 150,
      swapStepMs: 300,
      chains: { bsc: true, solana: true, tron: true, aptos: true },
      chainStepMs: 50,
      markets: true,
    },
  });
  stops.push(() => sandbox.stop());
  const config = loadConfig({
    ...environment,
    TRANSFER_POLL_MS: "300",
    SWAP_POLL_MS: "300",
    DEPOSIT_WATCH_MS: "300",
    // The story asks for both itself; a check that the clock starts in between would take its conversion away.
    CONVERSION_CRON: "0 0 1 1 *",
    PAYOUT_CRON: "0 0 1 1 *",
  });
  const engine = await startEngine(
    config,
    createLogger({ level: "info", destination: createWriteStream(logFileIn(directory)) }),
  );
  stops.push(() => engine.stop());
  return { sandbox, engine };
}

const logFileIn = (directory: string): string => join(directory, "engine.log");

/** The engine's last warnings and errors. */
async function warnings(directory: string): Promise<string> {
  const log = await readFile(logFileIn(directory), "utf8").catch(() => "");
  const lines = log.split("\n").filter((line) => /"level":("(warn|error)"|[45]0)/.test(line));
  return lines.slice(-15).join("\n") || "nothing";
}
