import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, statfs } from "node:fs/promises";
import { assertSameSeed } from "../addresses/index.ts";
import { findKeysNotBackedUp, findLastBackup } from "../backup/index.ts";
import { examineEndpoint, type EndpointReport } from "../chains/evm/index.ts";
import { networks } from "../chains/index.ts";
import type { Config } from "../config/index.ts";
import { readSettlementAsset } from "../conversions/index.ts";
import { sql, type Db } from "../database/index.ts";
import { describeError, DomainError, EngineError, ProviderError } from "../errors.ts";
import { readinessChecks } from "../health/index.ts";
import { formatUnits, registry } from "../money/index.ts";
import { readOperatorContacts } from "../notifications/index.ts";
import {
  countUnsigned,
  fingerprintStore,
  readTransferLimits,
  walletOverview,
  type WalletAssetView,
} from "../transfers/index.ts";
import type { CombinedObservation } from "../providers/prices/median/index.ts";
import type { PriceObservation } from "../providers/port.ts";
import { approvalQuestion } from "./approval-question.ts";
import type { Assembly } from "./assemble.ts";
import { loadDepositKeys, openHotKey } from "./keys.ts";
import { openForeignChains } from "./outside.ts";

/** One part of the engine's world. "note": it works, and the operator should know something about it. */
export interface Finding {
  readonly component: string;
  readonly works: "yes" | "no" | "note";
  /** Of a "no": what is wrong, and what to do. */
  readonly detail: string;
  /** Stable word for a "no". */
  readonly code: string | null;
}

type Word = string | { readonly note: string };
interface Question {
  readonly component: string;
  ask(signal: AbortSignal): Promise<Word>;
}

const patienceMs = 15_000;
const oldestBlockMs = 5 * 60_000;
const leastDisk = 200_000_000;
const littleDisk = 2_000_000_000;
const fewTransfers = 10n;
const dayMs = 24 * 3_600_000;
const oldBackupDays = 7;

/** Asks every part at once whether it works, each endpoint and each key by itself. Nothing is booked and nothing is sent. */
export async function examine(parts: Assembly, embedded: boolean): Promise<Finding[]> {
  const foreignChains = await openForeignChains(parts.config, parts);
  const depositChains = new Map([
    ...parts.depositChains,
    ...foreignChains.map((chain) => [chain.name, chain] as const),
  ]);
  const ready = readinessChecks({ ...parts, depositChains }, patienceMs).map(({ name, check }) => ({
    component: name,
    ask: async () => (await check()) ?? "",
  }));
  const questions: Question[] = [
    ...ready.filter(({ component }) => !/^(provider|currencies):/.test(component)),
    ...keyQuestions(parts),
    ...endpointQuestions(parts),
    ...providerQuestions(parts),
    ...currencyQuestions(parts),
    ...moneyQuestions(parts),
    approvalQuestion(parts.db, parts.clock.now()),
    ...noticeQuestions(parts),
    ...placeQuestions(parts, embedded),
  ];
  // The clock is compared with whatever all the others' answers told of the time.
  const isLast = ({ component }: Question): boolean => component === "clock";
  const first = await Promise.all(questions.filter((one) => !isLast(one)).map(answer));
  return [...first, ...(await Promise.all(questions.filter(isLast).map(answer)))];
}

async function answer({ component, ask }: Question): Promise<Finding> {
  try {
    const word = await ask(AbortSignal.timeout(patienceMs));
    return typeof word === "string"
      ? { component, works: "yes", detail: word, code: null }
      : { component, works: "note", detail: word.note, code: null };
  } catch (error) {
    const code =
      error instanceof ProviderError ? error.reason : error instanceof EngineError ? error.code : "failed";
    return { component, works: "no", detail: sentenceOf(error), code };
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof DomainError) return error.message;
  if (error instanceof ProviderError) return `${error.message}. Check its URL, its key and whether it runs.`;
  return describeError(error);
}

/** A renamed currency stops nothing, so it is no "no". */
function currencyQuestions({ currencies, processors, swapProviders }: Assembly): Question[] {
  const looked = currencies.look();
  return [...processors.keys(), ...swapProviders.keys()].map((name) => ({
    component: `currencies:${name}`,
    async ask() {
      await looked;
      const { renamed, detail } = currencies.found(name);
      return renamed ? { note: detail } : detail;
    },
  }));
}

function keyQuestions({ config, db }: Assembly): Question[] {
  const { role, keystore } = config;
  if (role === "api" || keystore.password === null) return [];
  const { depositPath, password } = keystore;
  return [
    {
      component: "key:hot-wallet",
      async ask() {
        const opened = await openHotKey(config);
        if (opened instanceof DomainError) throw opened;
        return `opens; ${opened[0]?.address ?? "no chain to sign on"}`;
      },
    },
    {
      component: "key:deposit-seed",
      async ask() {
        if (!existsSync(depositPath))
          return {
            note: "There is none: payers get no addresses of their own. `spillway keys create-seed` makes one.",
          };
        const { openDepositKeys } = await loadDepositKeys();
        await assertSameSeed(db, await openDepositKeys(depositPath, password));
        return "opens, and is the seed of this database";
      },
    },
  ];
}

/** Each endpoint alone: behind others, a wrong or lame one is not noticed until the good one is away. */
function endpointQuestions({ config, db, clock }: Assembly): Question[] {
  const shared = { clock, requestTimeoutMs: 8_000, fingerprints: fingerprintStore({ db, clock }) };
  const now = (): number => clock.now().getTime();
  const evm = networks.flatMap((network) => {
    const configured = network.family === "evm" ? config.evm.get(network.name) : undefined;
    if (network.family !== "evm" || configured === undefined) return [];
    const { name, mostBlocksBehind } = network;
    const { chainId, rpcUrls } = configured;
    return rpcUrls.map((url) => ({
      component: `endpoint:${name}:${new URL(url).host}`,
      ask: async (signal: AbortSignal) =>
        wordsOf(await examineEndpoint({ ...shared, name, chainId, mostBlocksBehind }, url, signal), {
          chainId,
          now: now(),
        }),
    }));
  });
  const { solana, tron, aptos } = config;
  const none = { solana: null, tron: null, aptos: null };
  const alone = [
    ...(solana?.rpcUrls ?? []).map((url) => ({
      url,
      of: { ...none, solana: { ...solana!, rpcUrls: [url] } },
    })),
    ...(tron?.apiUrls ?? []).map((url) => ({ url, of: { ...none, tron: { ...tron!, apiUrls: [url] } } })),
    ...(aptos?.apiUrls ?? []).map((url) => ({ url, of: { ...none, aptos: { ...aptos!, apiUrls: [url] } } })),
  ];
  const others = alone.map(({ url, of }) => ({
    component: `endpoint:${Object.entries(of).find(([, one]) => one !== null)![0]}:${new URL(url).host}`,
    async ask(signal: AbortSignal) {
      const [chain] = await openForeignChains(of, { clock });
      const { number, time } = await chain!.head(signal);
      return freshOr(time, now(), `the expected network, height ${number}`);
    },
  }));
  return [...evm, ...others];
}

function wordsOf(
  { height, newestBlock, traces, logs }: EndpointReport,
  { chainId, now }: { chainId: number; now: number },
): Word {
  if (!logs)
    throw new DomainError(
      "no_log_search",
      "It answers no eth_getLogs: payments in tokens are not found through it. Name another node.",
    );
  const words = freshOr(newestBlock, now, `chain ${chainId}, height ${height}, searches logs`);
  if (traces) return `${words}, traces calls`;
  return {
    note: `${words}, but traces no calls: coins that a contract sends wait for a person. A node with debug_traceTransaction finds them.`,
  };
}

function freshOr(newest: Date, now: number, words: string): string {
  const age = now - newest.getTime();
  if (age > oldestBlockMs)
    throw new DomainError(
      "node_lags",
      `Its newest block is ${Math.round(age / 60_000)} minutes old. It is behind, or our clock is ahead: compare both.`,
    );
  return `${words}, ${Math.max(0, Math.round(age / 1_000))} s old`;
}

function providerQuestions({ config, processors, swapProviders, prices }: Assembly): Question[] {
  const { publicUrl } = config;
  return [
    ...[...processors.values()].map((processor) => ({
      component: `provider:${processor.name}`,
      ask: (signal: AbortSignal) => processor.checkAccess(signal),
    })),
    ...[...swapProviders.values()].map((provider) => ({
      component: `provider:${provider.name}`,
      ask: async (signal: AbortSignal) => {
        await provider.checkHealth(signal);
        return "the key works";
      },
    })),
    {
      component: "prices:now",
      async ask(signal) {
        const coin = registry.native("ethereum");
        const price = (await prices.observe([coin], signal)).get(coin.id);
        if (price === undefined)
          throw new DomainError(
            "price_unavailable",
            `PRICE_SOURCES (${config.priceSources.join(", ")}) give no price of ${coin.id} that can be trusted. Check their URLs.`,
          );
        const silent = config.priceSources.filter((name) => !sourcesOf(price).includes(name));
        const words = `${coin.id} ${price.usd} USD, by ${config.priceSources.join(", ")}`;
        return silent.length === 0 ? words : { note: `${words}; but none came from ${silent.join(", ")}` };
      },
    },
    ...[...processors.values()].map((processor) => ({
      component: `public-url:${processor.name}`,
      async ask(signal: AbortSignal): Promise<Word> {
        if (publicUrl === null)
          return {
            note: "PUBLIC_URL is empty: nobody tells us of payments, which are found every ten minutes only.",
          };
        return probeWebhook(`${publicUrl}/webhooks/${processor.name}`, processor.makeProbe(), signal);
      },
    })),
  ];
}

/** Who told a price, by name: each of those that it was made of. */
const sourcesOf = (
  price: Pick<PriceObservation, "source"> & Partial<Pick<CombinedObservation, "parts">>,
): readonly string[] => price.parts?.map(({ source }) => source) ?? [price.source];

/** What the world's notices meet on their way, we meet too: names, certificates, proxies, the secret. */
async function probeWebhook(
  url: string,
  { body, headers }: { readonly body: string; readonly headers: Readonly<Record<string, string>> },
  signal: AbortSignal,
): Promise<string> {
  const way = "Start the engine, and let PUBLIC_URL lead to it.";
  const response = await fetch(url, {
    method: "POST",
    body,
    headers: { ...headers, "content-type": "application/json" },
    redirect: "manual",
    signal,
  }).catch((error: unknown) => {
    const { code, message } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
    throw new DomainError("public_url_unreachable", `${url} does not answer (${code ?? message}). ${way}`);
  });
  const answered = (await response.json().catch(() => null)) as { readonly probe?: unknown } | null;
  if (response.status === 401)
    throw new DomainError(
      "public_url_elsewhere",
      `${url} refuses our own signature: another engine is there, or one with another NOWPAYMENTS_IPN_SECRET. ${way}`,
    );
  if (answered?.probe !== true)
    throw new DomainError(
      "public_url_elsewhere",
      `${url} answers ${response.status}, and not as we do. ${way}`,
    );
  return "reaches us, signed with our IPN secret";
}

function moneyQuestions({ config, db, chains }: Assembly): Question[] {
  return [
    {
      component: "settlement-asset",
      async ask() {
        const asset = await readSettlementAsset(db);
        const { chain } = registry.get(asset);
        if (!config.evm.has(chain))
          throw new DomainError(
            "no_wallet_for_asset",
            `${asset} is what earnings are converted into, but no wallet of ours is on ${chain}: name its nodes, or change the setting settlement_asset.`,
          );
        return `${asset}, in our wallet on ${chain}`;
      },
    },
    { component: "gas", ask: (signal) => sayWhatGasLasts(db, chains, signal) },
  ];
}

function noticeQuestions({ db, notifiers }: Assembly): Question[] {
  return [
    ...[...notifiers].map(([channel, notifier]) => ({
      component: `notices:${channel}`,
      ask: (signal: AbortSignal) => notifier.checkAccess(signal),
    })),
    {
      component: "notices:operators",
      async ask() {
        const contacts = await readOperatorContacts(db);
        if (contacts.length === 0)
          return {
            note: "Nobody is told of what needs a person: set operator_contacts, with SMTP_URL or TELEGRAM_BOT_TOKEN.",
          };
        const mute = new Set(
          contacts.map(({ channel }) => channel).filter((channel) => !notifiers.has(channel)),
        );
        const [one] = mute;
        if (one !== undefined)
          return {
            note: `operator_contacts names contacts by ${one}, which is not configured: they are told nothing.`,
          };
        return contacts.length === 1 ? "one contact" : `${contacts.length} contacts`;
      },
    },
  ];
}

/** Whether each hot wallet can pay the network for what waits to be sent from it, and for some more. */
async function sayWhatGasLasts(db: Db, chains: Assembly["chains"], signal: AbortSignal): Promise<Word> {
  const wallets = (await walletOverview(db, chains, signal)).filter(({ runway }) => runway !== null);
  const unsigned = await countUnsigned(db);
  const { gasReserve } = await readTransferLimits(db);
  const waitingOf = ({ walletId }: WalletAssetView): bigint => unsigned.get(walletId) ?? 0n;
  const named = (those: readonly WalletAssetView[]): string =>
    those
      .map((one) => {
        const waiting = waitingOf(one);
        const what = waiting === 0n ? "" : `, where ${waiting} wait and it lasts for ${one.runway}`;
        return `${one.asset} to ${one.address}${what}`;
      })
      .join("; ");
  const broke = wallets.filter((one) => one.runway === 0n || one.runway! < waitingOf(one));
  if (broke.length > 0)
    throw new DomainError("no_gas", `Nothing can be sent for want of network fees. Send ${named(broke)}.`);
  const low = wallets.filter((one) => one.runway! < waitingOf(one) + fewTransfers);
  if (low.length > 0)
    return { note: `Network fees run out within ${fewTransfers} transfers. Send ${named(low)}.` };
  const below = wallets.filter(
    ({ asset, onChain, reserved }) => onChain! - reserved < (gasReserve.get(asset) ?? 0n),
  );
  if (below.length > 0)
    return {
      note: `Below the gas_reserve of transfer_limits, so no native coin is sent. Send ${named(below)}.`,
    };
  if (wallets.length === 0) return { note: "No wallet is known yet: start a worker once." };
  return wallets
    .map(
      ({ asset, runway, onChain }) =>
        `${formatUnits(onChain!, registry.get(asset).decimals)} ${asset}, for ${runway} transfers`,
    )
    .join("; ");
}

function placeQuestions(parts: Assembly, embedded: boolean): Question[] {
  const { config, db } = parts;
  const { dataDirectory, publicUrl } = config;
  const real = isRealMoney(config);
  return [
    {
      component: "postgresql",
      async ask() {
        const { rows } = await sql<{
          version: string;
        }>`select current_setting('server_version') as version`.execute(db);
        const version = rows[0]!.version;
        if (!embedded) return `${version}, by DATABASE_URL`;
        return real ? { note: embeddedWarning(version) } : `${version}, embedded`;
      },
    },
    {
      component: "disk",
      ask: async () =>
        sayWhatIsFree(embedded ? await clusterOf(db) : existsSync(dataDirectory) ? dataDirectory : "."),
    },
    { component: "backup", ask: () => sayHowOldTheBackupIs(parts, embedded) },
    { component: "backup:keys", ask: () => sayWhetherKeysAreBackedUp(parts) },
    ...(publicUrl?.startsWith("http://") === true && real
      ? [
          {
            component: "tls",
            ask: async (): Promise<Word> => ({
              note: "PUBLIC_URL is http: whoever is on the way reads and changes what payers and processors send. Put TLS before it.",
            }),
          },
        ]
      : []),
  ];
}

/** Where the embedded server has its files, which may be outside the data directory. */
async function clusterOf(db: Db): Promise<string> {
  const { rows } = await sql<{ at: string }>`select current_setting('data_directory') as at`.execute(db);
  return rows[0]!.at;
}

async function sayWhatIsFree(at: string): Promise<Word> {
  const { bavail, bsize } = await statfs(at);
  const free = bavail * bsize;
  const words = `${(free / 1e9).toFixed(1)} GB free at ${at}`;
  if (free < leastDisk)
    throw new DomainError("disk_full", `Only ${words}. Free some space before the database stops.`);
  return free < littleDisk ? { note: `${words}: that is little for a database.` } : words;
}

/** A server's own backups are its own: of those we know nothing. */
async function sayHowOldTheBackupIs({ db, clock }: Assembly, embedded: boolean): Promise<Word> {
  const last = await findLastBackup(db);
  const how = "`spillway backup` makes one while the engine works";
  if (last === null)
    return embedded
      ? { note: `None was ever made: ${how}. Copy it to another machine.` }
      : "none by `spillway backup`: the server's own are known to it alone";
  const days = Math.floor((clock.now().getTime() - last.made_at.getTime()) / dayMs);
  const words = `the newest is of ${last.made_at.toISOString()}, ${days} days old, at ${last.file}${last.restored_at === null ? "" : "; this database was restored from it"}`;
  return embedded && days >= oldBackupDays ? { note: `${words}: ${how}` } : words;
}

async function sayWhetherKeysAreBackedUp({ config: { keystore }, db }: Assembly): Promise<Word> {
  const here = [keystore.path, keystore.depositPath].filter((path) => existsSync(path));
  if (here.length === 0) return "no key file is here";
  const byHash = new Map<string, string>();
  for (const path of here)
    byHash.set(
      createHash("sha256")
        .update(await readFile(path))
        .digest("hex"),
      path,
    );
  const lacking = await findKeysNotBackedUp(db, [...byHash.keys()]);
  if (lacking.length === 0) return "the encrypted key files are in a backup; their password is yours to keep";
  // Copies made by hand are the better way, and unknown to us: nothing is wrong with this.
  const paths = lacking.map((hash) => byHash.get(hash)).join(", ");
  return `in no backup of \`spillway backup --with-keys\`: ${paths}. Keep copies of your own, apart from the password`;
}

/** A world of its own has a chain id of its own, or nodes on this machine. */
export function isRealMoney({ evm }: Pick<Config, "evm">): boolean {
  const ethereum = evm.get("ethereum");
  return (
    ethereum?.chainId === 1 &&
    ethereum.rpcUrls.some((url) => !/^(127\.|localhost$|\[::1\])/.test(new URL(url).hostname))
  );
}

export const embeddedWarning = (version: string): string =>
  `The embedded PostgreSQL ${version} is a build for trying and small use. For more, move to a server: \`spillway backup\`, then \`spillway restore\` with its DATABASE_URL. "Backups" in docs/operating.md says how.`;
