import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { DomainError } from "../errors.ts";
import { parseUnits } from "../money/index.ts";

export type Role = "all" | "api" | "worker";
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

/** Everything the environment decides. It holds secrets: it is never logged as a whole. */
export interface Config {
  readonly role: Role;
  /** `null`: the embedded PostgreSQL in `dataDirectory`. */
  readonly databaseUrl: string | null;
  /** Absolute. */
  readonly dataDirectory: string;
  readonly port: number;
  readonly host: string;
  /** Without a slash at its end. `null`: nobody reaches us, and back-fill finds the payments. */
  readonly publicUrl: string | null;
  readonly logLevel: LogLevel;
  readonly nowpayments: {
    readonly baseUrl: string;
    readonly apiKey: string;
    readonly ipnSecret: string;
    /** Both or neither; needed to list payments (back-fill). */
    readonly login: { readonly email: string; readonly password: string } | null;
  };
  readonly changenow: { readonly baseUrl: string; readonly apiKey: string };
  /** `null`: this provider is not used. */
  readonly simpleswap: { readonly baseUrl: string; readonly apiKey: string } | null;
  readonly coingecko: { readonly baseUrl: string; readonly apiKey: string | null };
  /** Which of the price sources are asked; the median decides. */
  readonly priceSources: readonly PriceSourceName[];
  readonly binance: { readonly baseUrl: string };
  readonly coinbase: { readonly baseUrl: string };
  /** By the registry's name of the chain. Ethereum is always there. */
  readonly evm: ReadonlyMap<string, EvmConfig>;
  readonly solana: { readonly rpcUrls: readonly string[]; readonly genesisHash: string } | null;
  readonly tron: {
    readonly apiUrls: readonly string[];
    readonly apiKey: string | null;
    readonly genesisHash: string;
  } | null;
  readonly aptos: {
    readonly apiUrls: readonly string[];
    readonly indexerUrl: string;
    readonly apiKey: string | null;
    readonly chainId: number;
  } | null;
  /** By chain: the operator's own address for all direct payments there. Elsewhere each order gets one of its own. */
  readonly depositAddresses: ReadonlyMap<string, string>;
  readonly keystore: KeystoreConfig;
  readonly workerConcurrency: number;
  readonly crons: {
    readonly conversion: string;
    readonly payout: string;
    readonly sweep: string;
    readonly backfill: string;
  };
  readonly transferPollMs: number;
  readonly swapPollMs: number;
  readonly depositWatchMs: number;
}

export interface EvmConfig {
  readonly rpcUrls: readonly string[];
  readonly chainId: number;
  readonly maxFeePerGas: bigint;
}

export type PriceSourceName = "coingecko" | "binance" | "coinbase";

export interface KeystoreConfig {
  readonly path: string;
  /** The seed of the addresses that payers send to; the file may be missing. Same password. */
  readonly depositPath: string;
  /** `null` only in role "api", which signs nothing. */
  readonly password: string | null;
}

export type DatabaseConfig = Pick<Config, "databaseUrl" | "dataDirectory" | "logLevel">;

interface Field<Value = unknown> {
  /** What is wrong and what would be right; it follows the variable's name. Never contains the value. */
  readonly expected: string;
  readonly meaning: string;
  /** The text that stands in for a missing value. `null`: optional. `undefined`: required. */
  readonly fallback: string | null | undefined;
  readonly secret: boolean;
  readonly schema: z.ZodType<Value, string>;
}

type FieldOptions = { meaning: string; fallback?: string | null; secret?: boolean };

const field = <Value>(
  schema: z.ZodType<Value, string>,
  expected: string,
  options: FieldOptions,
): Field<Value> => ({
  schema,
  expected,
  meaning: options.meaning,
  fallback: options.fallback,
  secret: options.secret ?? false,
});

const isUrlOf = (protocols: readonly string[]) => (text: string) =>
  URL.canParse(text) && !/\s/.test(text) && protocols.includes(new URL(text).protocol);
const baseUrl = z
  .string()
  .refine(isUrlOf(["http:", "https:"]))
  .transform((text) => text.replace(/\/+$/, ""));
const url = (options: FieldOptions) => field(baseUrl, "must be one http:// or https:// URL", options);
const secret = (options: FieldOptions) =>
  field(
    z.string().regex(/^\S{3,}$/),
    "must be one word of 3 characters or more, without spaces or line breaks",
    {
      ...options,
      secret: true,
    },
  );
const wholeNumber = (minimum: number, maximum: number, options: FieldOptions) =>
  field(
    z
      .string()
      .regex(/^\d{1,10}$/)
      .pipe(z.coerce.number<string>().min(minimum).max(maximum)),
    `must be a whole number from ${minimum} to ${maximum}`,
    options,
  );
const cron = (options: FieldOptions) =>
  field(
    z.string().regex(/^([\d*][\d*,/-]*\s+){4}[\d*][\d*,/-]*$/),
    "must be a cron line of five fields, such as */15 * * * *",
    options,
  );
const text = (options: FieldOptions) => field(z.string().min(1), "must not be empty", options);
const choice = <const Words extends readonly [string, ...string[]]>(words: Words, options: FieldOptions) =>
  field<Words[number]>(
    z.enum(words) as z.ZodType<Words[number], string>,
    `must be one of ${words.join(", ")}`,
    options,
  );

const gweiDigits = 9;
const urls = (options: FieldOptions) =>
  field(
    z
      .string()
      .transform((list) => list.split(",").map((item) => item.trim()))
      .pipe(z.array(baseUrl).min(1)),
    "must be http:// or https:// URLs with commas between them",
    { ...options, secret: true },
  );
const chainId = (chain: string, fallback: string) =>
  wholeNumber(1, 4_294_967_295, { meaning: `The chain id that the ${chain} nodes must have.`, fallback });
const gwei = (options: FieldOptions) =>
  field(
    z
      .string()
      .regex(/^\d{1,9}(\.\d{1,9})?$/)
      .transform((decimal) => parseUnits(decimal, gweiDigits))
      .refine((wei) => wei > 0n),
    "must be a decimal above zero with at most 9 digits after the point, such as 200",
    options,
  );
const nodes = (chain: string) =>
  urls({ meaning: `${chain} nodes, comma-separated. Empty: ${chain} is not used.`, fallback: null });
const maxFee = (chain: string, fallback: string) =>
  gwei({ meaning: `Most we pay per unit of gas on ${chain}, in gwei.`, fallback });
const depositAddress = (chain: string) =>
  text({
    meaning: `Your own address on ${chain} for all direct payments. Empty: each order gets its own.`,
    fallback: null,
  });

/** Every variable once. README and .env.example say the same; a test compares. */
const fields = {
  ROLE: choice(["all", "api", "worker"], { meaning: "What this process does.", fallback: "all" }),
  DATABASE_URL: field(
    z.string().refine(isUrlOf(["postgres:", "postgresql:"])),
    "must be one postgres:// or postgresql:// URL",
    {
      meaning: "PostgreSQL 15 or newer. Empty: an embedded one in DATA_DIRECTORY.",
      fallback: null,
      secret: true,
    },
  ),
  DATA_DIRECTORY: text({ meaning: "Where the embedded database and the keystore live.", fallback: "./data" }),
  PORT: wholeNumber(0, 65_535, { meaning: "HTTP port.", fallback: "8080" }),
  HOST: field(z.string().regex(/^[\w.:-]+$/), "must be one host name or address", {
    meaning: "Address the HTTP server listens on.",
    fallback: "127.0.0.1",
  }),
  PUBLIC_URL: url({
    meaning: "Where the processor reaches our webhooks. Empty: payments are found by back-fill only.",
    fallback: null,
  }),
  LOG_LEVEL: choice(["trace", "debug", "info", "warn", "error", "fatal", "silent"], {
    meaning: "Least level that is logged.",
    fallback: "info",
  }),
  NOWPAYMENTS_BASE_URL: url({ meaning: "NOWPayments API.", fallback: "https://api.nowpayments.io/v1" }),
  NOWPAYMENTS_API_KEY: secret({ meaning: "NOWPayments API key." }),
  NOWPAYMENTS_IPN_SECRET: secret({ meaning: "Secret that signs NOWPayments' notifications to us." }),
  NOWPAYMENTS_EMAIL: field(z.string().regex(/^\S+@\S+$/), "must be one e-mail address", {
    meaning: "NOWPayments login, needed to list payments (back-fill).",
    fallback: null,
  }),
  NOWPAYMENTS_PASSWORD: secret({ meaning: "Password of that login.", fallback: null }),
  CHANGENOW_BASE_URL: url({ meaning: "ChangeNOW API.", fallback: "https://api.changenow.io/v2" }),
  CHANGENOW_API_KEY: secret({ meaning: "ChangeNOW API key." }),
  SIMPLESWAP_BASE_URL: url({ meaning: "SimpleSwap API.", fallback: "https://api.simpleswap.io/v3" }),
  SIMPLESWAP_API_KEY: secret({
    meaning: "SimpleSwap API key. Empty: SimpleSwap is not used.",
    fallback: null,
  }),
  COINGECKO_BASE_URL: url({
    meaning: "CoinGecko API, for prices.",
    fallback: "https://api.coingecko.com/api/v3",
  }),
  COINGECKO_API_KEY: secret({
    meaning: "CoinGecko API key; works without, with lower limits.",
    fallback: null,
  }),
  PRICE_SOURCES: field(
    z
      .string()
      .transform((list) => [...new Set(list.split(",").map((item) => item.trim()))])
      .pipe(z.array(z.enum(["coingecko", "binance", "coinbase"])).min(1)),
    "must be names out of coingecko, binance and coinbase with commas between them",
    { meaning: "Who is asked for prices; the median decides.", fallback: "coingecko,binance,coinbase" },
  ),
  BINANCE_BASE_URL: url({ meaning: "Binance API, for prices.", fallback: "https://api.binance.com" }),
  COINBASE_BASE_URL: url({
    meaning: "Coinbase API, for prices.",
    fallback: "https://api.exchange.coinbase.com",
  }),
  ETHEREUM_RPC_URLS: urls({ meaning: "Ethereum nodes, comma-separated, in order of preference." }),
  ETHEREUM_CHAIN_ID: chainId("Ethereum", "1"),
  ETHEREUM_MAX_FEE_GWEI: gwei({
    meaning: "Most we pay per unit of gas, in gwei. Above it, transfers wait.",
    fallback: "200",
  }),
  ETHEREUM_DEPOSIT_ADDRESS: depositAddress("Ethereum"),
  BSC_RPC_URLS: nodes("BNB Smart Chain"),
  BSC_CHAIN_ID: chainId("BNB Smart Chain", "56"),
  BSC_MAX_FEE_GWEI: maxFee("BNB Smart Chain", "20"),
  BSC_DEPOSIT_ADDRESS: depositAddress("BNB Smart Chain"),
  POLYGON_RPC_URLS: nodes("Polygon"),
  POLYGON_CHAIN_ID: chainId("Polygon", "137"),
  POLYGON_MAX_FEE_GWEI: maxFee("Polygon", "2000"),
  POLYGON_DEPOSIT_ADDRESS: depositAddress("Polygon"),
  BASE_RPC_URLS: nodes("Base"),
  BASE_CHAIN_ID: chainId("Base", "8453"),
  BASE_MAX_FEE_GWEI: maxFee("Base", "20"),
  BASE_DEPOSIT_ADDRESS: depositAddress("Base"),
  ARBITRUM_RPC_URLS: nodes("Arbitrum One"),
  ARBITRUM_CHAIN_ID: chainId("Arbitrum One", "42161"),
  ARBITRUM_MAX_FEE_GWEI: maxFee("Arbitrum One", "20"),
  ARBITRUM_DEPOSIT_ADDRESS: depositAddress("Arbitrum One"),
  SOLANA_RPC_URLS: nodes("Solana"),
  SOLANA_GENESIS_HASH: text({
    meaning: "The genesis hash that the Solana nodes must have.",
    fallback: "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d",
  }),
  SOLANA_DEPOSIT_ADDRESS: depositAddress("Solana"),
  TRON_API_URLS: nodes("Tron"),
  TRON_API_KEY: secret({ meaning: "TronGrid API key; works without, with lower limits.", fallback: null }),
  TRON_GENESIS_HASH: text({
    meaning: "The id of block 0 that the Tron nodes must have.",
    fallback: "00000000000000001ebf88508a03865c71d452e25f4d51194196a1d22b6653dc",
  }),
  TRON_DEPOSIT_ADDRESS: depositAddress("Tron"),
  APTOS_API_URLS: nodes("Aptos"),
  APTOS_INDEXER_URL: url({
    meaning: "Aptos indexer (GraphQL), to find payments.",
    fallback: "https://api.mainnet.aptoslabs.com/v1/graphql",
  }),
  APTOS_API_KEY: secret({ meaning: "Aptos API key; works without, with lower limits.", fallback: null }),
  APTOS_CHAIN_ID: chainId("Aptos", "1"),
  APTOS_DEPOSIT_ADDRESS: depositAddress("Aptos"),
  KEYSTORE_PATH: text({
    meaning: "Encrypted key of the hot wallet. Empty: keys/ethereum.json in DATA_DIRECTORY.",
    fallback: null,
  }),
  DEPOSIT_KEYSTORE_PATH: text({
    meaning: "Encrypted seed of the addresses given to payers. Empty: keys/deposits.json in DATA_DIRECTORY.",
    fallback: null,
  }),
  KEYSTORE_PASSWORD: field(z.string().min(1), "must not be empty", {
    meaning: "Password of the keystore, or else KEYSTORE_PASSWORD_FILE.",
    fallback: null,
    secret: true,
  }),
  KEYSTORE_PASSWORD_FILE: text({ meaning: "File that holds the keystore's password.", fallback: null }),
  WORKER_CONCURRENCY: wholeNumber(1, 200, { meaning: "Jobs this process runs at once.", fallback: "8" }),
  CONVERSION_CRON: cron({
    meaning: "When to look whether the conversion interval (a setting, 15 minutes) has passed.",
    fallback: "* * * * *",
  }),
  PAYOUT_CRON: cron({ meaning: "When payouts are planned.", fallback: "*/5 * * * *" }),
  SWEEP_CRON: cron({ meaning: "When everything past its check time is woken.", fallback: "* * * * *" }),
  BACKFILL_CRON: cron({
    meaning: "When the processor is asked for payments it did not tell.",
    fallback: "*/10 * * * *",
  }),
  TRANSFER_POLL_MS: wholeNumber(50, 600_000, {
    meaning: "Milliseconds between looks at a transfer on the chain.",
    fallback: "4000",
  }),
  SWAP_POLL_MS: wholeNumber(50, 3_600_000, {
    meaning: "Milliseconds between looks at a swap at its provider.",
    fallback: "20000",
  }),
  DEPOSIT_WATCH_MS: wholeNumber(50, 3_600_000, {
    meaning: "Milliseconds between looks for direct payments on a chain.",
    fallback: "4000",
  }),
} as const satisfies Record<string, Field>;

type Name = keyof typeof fields;
type Parsed<N extends Name> = z.output<(typeof fields)[N]["schema"]>;
/** Required and defaulted variables are always there; only optional ones can be null. */
type Optional =
  | "DATABASE_URL"
  | "PUBLIC_URL"
  | "NOWPAYMENTS_EMAIL"
  | "NOWPAYMENTS_PASSWORD"
  | "SIMPLESWAP_API_KEY"
  | "COINGECKO_API_KEY"
  | `${"ETHEREUM" | "BSC" | "POLYGON" | "BASE" | "ARBITRUM" | "SOLANA" | "TRON" | "APTOS"}_DEPOSIT_ADDRESS`
  | `${"BSC" | "POLYGON" | "BASE" | "ARBITRUM" | "SOLANA"}_RPC_URLS`
  | "TRON_API_URLS"
  | "TRON_API_KEY"
  | "APTOS_API_URLS"
  | "APTOS_API_KEY"
  | "DEPOSIT_KEYSTORE_PATH"
  | "KEYSTORE_PATH"
  | "KEYSTORE_PASSWORD"
  | "KEYSTORE_PASSWORD_FILE";
type Values = { readonly [N in Name]: N extends Optional ? Parsed<N> | null : Parsed<N> };

type Environment = Readonly<Record<string, string | undefined>>;

/** The table of variables that README and .env.example show. `default: null` is optional, `undefined` is required. */
export const configTable: readonly {
  readonly name: string;
  readonly default: string | null | undefined;
  readonly meaning: string;
  readonly secret: boolean;
}[] = Object.entries<Field>(fields).map(([name, { fallback, meaning, secret: isSecret }]) => ({
  name,
  default: fallback,
  meaning,
  secret: isSecret,
}));

/** Spaces and line breaks around a value are a copying accident; nothing around a value is ever meant. */
function read(
  environment: Environment,
  names: readonly Name[],
  problems: string[],
): Partial<Record<Name, unknown>> {
  const values: Partial<Record<Name, unknown>> = {};
  for (const name of names) {
    const { schema, expected, meaning, fallback }: Field = fields[name];
    const given = environment[name]?.trim() ?? "";
    const raw = given === "" ? fallback : given;
    if (raw === undefined) problems.push(`${name} is missing: ${meaning} Set it.`);
    if (raw === undefined || raw === null) {
      values[name] = null;
      continue;
    }
    const result = schema.safeParse(raw);
    if (result.success) values[name] = result.data;
    else problems.push(`${name} ${expected}.`);
  }
  return values;
}

function refuse(problems: readonly string[]): never {
  const list = problems.map((problem) => `\n  - ${problem}`).join("");
  throw new DomainError(
    "invalid_config",
    `The configuration cannot be used. Correct the environment:${list}`,
    {
      problems,
    },
  );
}

function readPasswordFile(path: string, problems: string[]): string | null {
  try {
    const password = readFileSync(path, "utf8").trim();
    if (password === "")
      problems.push("KEYSTORE_PASSWORD_FILE names an empty file. Write the password into it.");
    return password === "" ? null : password;
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    problems.push(
      `KEYSTORE_PASSWORD_FILE names a file that cannot be read (${reason}). Correct the path or its rights.`,
    );
    return null;
  }
}

type KeystoreNames =
  | "DATA_DIRECTORY"
  | "KEYSTORE_PATH"
  | "DEPOSIT_KEYSTORE_PATH"
  | "KEYSTORE_PASSWORD"
  | "KEYSTORE_PASSWORD_FILE";

function toKeystore(
  values: Pick<Values, KeystoreNames>,
  required: boolean,
  problems: string[],
): KeystoreConfig {
  const file = values.KEYSTORE_PASSWORD_FILE;
  const bothGiven = values.KEYSTORE_PASSWORD !== null && file !== null;
  if (bothGiven)
    problems.push("KEYSTORE_PASSWORD and KEYSTORE_PASSWORD_FILE are both set. Keep one of them.");
  if (required && values.KEYSTORE_PASSWORD === null && file === null)
    problems.push(
      "KEYSTORE_PASSWORD is missing: the hot wallet's key cannot be opened. Set it, or KEYSTORE_PASSWORD_FILE.",
    );
  const password = file === null || bothGiven ? values.KEYSTORE_PASSWORD : readPasswordFile(file, problems);
  const path = values.KEYSTORE_PATH ?? join(values.DATA_DIRECTORY ?? "", "keys", "ethereum.json");
  const depositPath =
    values.DEPOSIT_KEYSTORE_PATH ?? join(values.DATA_DIRECTORY ?? "", "keys", "deposits.json");
  return { path: resolve(path), depositPath: resolve(depositPath), password };
}

/**
 * The whole configuration from the environment, checked once. Values are trimmed; empty means missing.
 * @throws {DomainError} `invalid_config`: every problem and its cure in one message, without any value.
 */
export function loadConfig(environment: Environment): Config {
  const problems: string[] = [];
  // The problems are thrown below, so a value that is missing here never leaves this function.
  const values = read(environment, Object.keys(fields) as Name[], problems) as Values;
  const keystore = toKeystore(values, values.ROLE !== "api", problems);
  const { NOWPAYMENTS_EMAIL: email, NOWPAYMENTS_PASSWORD: password } = values;
  // A malformed one has been told already and is undefined here; only a missing partner is news.
  if ((email === null) !== (password === null))
    problems.push("NOWPAYMENTS_EMAIL and NOWPAYMENTS_PASSWORD belong together. Set both or neither.");
  if (problems.length > 0) refuse(problems);
  return toConfig(values, keystore);
}

function toConfig(values: Values, keystore: KeystoreConfig): Config {
  const { NOWPAYMENTS_EMAIL: email, NOWPAYMENTS_PASSWORD: password } = values;
  return {
    role: values.ROLE,
    databaseUrl: values.DATABASE_URL,
    dataDirectory: resolve(values.DATA_DIRECTORY),
    port: values.PORT,
    host: values.HOST,
    publicUrl: values.PUBLIC_URL,
    logLevel: values.LOG_LEVEL,
    nowpayments: {
      baseUrl: values.NOWPAYMENTS_BASE_URL,
      apiKey: values.NOWPAYMENTS_API_KEY,
      ipnSecret: values.NOWPAYMENTS_IPN_SECRET,
      login: email !== null && password !== null ? { email, password } : null,
    },
    changenow: { baseUrl: values.CHANGENOW_BASE_URL, apiKey: values.CHANGENOW_API_KEY },
    simpleswap:
      values.SIMPLESWAP_API_KEY === null
        ? null
        : { baseUrl: values.SIMPLESWAP_BASE_URL, apiKey: values.SIMPLESWAP_API_KEY },
    coingecko: { baseUrl: values.COINGECKO_BASE_URL, apiKey: values.COINGECKO_API_KEY },
    ...toChains(values),
    keystore,
    workerConcurrency: values.WORKER_CONCURRENCY,
    crons: {
      conversion: values.CONVERSION_CRON,
      payout: values.PAYOUT_CRON,
      sweep: values.SWEEP_CRON,
      backfill: values.BACKFILL_CRON,
    },
    transferPollMs: values.TRANSFER_POLL_MS,
    swapPollMs: values.SWAP_POLL_MS,
    depositWatchMs: values.DEPOSIT_WATCH_MS,
  };
}

/** The registry's names beside the shorter ones that variables use. */
const evmNetworks = [
  ["ethereum", "ETHEREUM"],
  ["bnb-smart-chain", "BSC"],
  ["polygon-pos", "POLYGON"],
  ["base", "BASE"],
  ["arbitrum-one", "ARBITRUM"],
] as const;
const otherNetworks = [
  ["solana", "SOLANA"],
  ["tron", "TRON"],
  ["aptos", "APTOS"],
] as const;

function toChains(
  values: Values,
): Pick<
  Config,
  "priceSources" | "binance" | "coinbase" | "evm" | "solana" | "tron" | "aptos" | "depositAddresses"
> {
  const evm = evmNetworks.flatMap(([name, prefix]) => {
    const rpcUrls = values[`${prefix}_RPC_URLS`];
    const network = { chainId: values[`${prefix}_CHAIN_ID`], maxFeePerGas: values[`${prefix}_MAX_FEE_GWEI`] };
    return rpcUrls === null ? [] : [[name, { rpcUrls, ...network }] as const];
  });
  const addresses = [...evmNetworks, ...otherNetworks].flatMap(([name, prefix]) => {
    const address = values[`${prefix}_DEPOSIT_ADDRESS`];
    return address === null ? [] : [[name, address] as const];
  });
  const { SOLANA_RPC_URLS: solana, TRON_API_URLS: tron, APTOS_API_URLS: aptos } = values;
  return {
    priceSources: values.PRICE_SOURCES,
    binance: { baseUrl: values.BINANCE_BASE_URL },
    coinbase: { baseUrl: values.COINBASE_BASE_URL },
    evm: new Map(evm),
    solana: solana && { rpcUrls: solana, genesisHash: values.SOLANA_GENESIS_HASH },
    tron: tron && { apiUrls: tron, apiKey: values.TRON_API_KEY, genesisHash: values.TRON_GENESIS_HASH },
    aptos: aptos && {
      apiUrls: aptos,
      indexerUrl: values.APTOS_INDEXER_URL,
      apiKey: values.APTOS_API_KEY,
      chainId: values.APTOS_CHAIN_ID,
    },
    depositAddresses: new Map(addresses),
  };
}

/**
 * What a command needs that only opens the database: no provider's secret is asked for.
 * @throws {DomainError} `invalid_config`
 */
export function loadDatabaseConfig(environment: Environment): DatabaseConfig {
  const problems: string[] = [];
  const values = read(environment, ["DATABASE_URL", "DATA_DIRECTORY", "LOG_LEVEL"], problems) as Values;
  if (problems.length > 0) refuse(problems);
  const { DATABASE_URL: databaseUrl, DATA_DIRECTORY: dataDirectory, LOG_LEVEL: logLevel } = values;
  return { databaseUrl, dataDirectory: resolve(dataDirectory), logLevel };
}

/**
 * What a command needs that makes or opens the keystore.
 * @throws {DomainError} `invalid_config`
 */
export function loadKeystoreConfig(environment: Environment): KeystoreConfig & { readonly password: string } {
  const problems: string[] = [];
  const names: KeystoreNames[] = [
    "DATA_DIRECTORY",
    "KEYSTORE_PATH",
    "DEPOSIT_KEYSTORE_PATH",
    "KEYSTORE_PASSWORD",
    "KEYSTORE_PASSWORD_FILE",
  ];
  const { path, depositPath, password } = toKeystore(
    read(environment, names, problems) as Values,
    true,
    problems,
  );
  if (problems.length > 0 || password === null) refuse(problems);
  return { path, depositPath, password };
}
