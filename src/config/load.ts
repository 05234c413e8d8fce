import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { normaliseAddressFor } from "../chains/addresses.ts";
import { networks, type Network } from "../chains/networks.ts";
import { DomainError } from "../errors.ts";
import type { Config, DatabaseConfig, KeystoreConfig } from "./config.ts";
import { registry } from "../money/index.ts";
import type { Group, ValuesOf } from "./kinds.ts";
import * as variables from "./variables.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The values of one group. What is wrong is added to the problems, and the value is then missing whatever its type says: the
 * caller refuses before it uses any.
 */
type Read = <Variables extends Group>(group: Variables) => ValuesOf<Variables>;

/** Spaces and line breaks around a value are a copying accident; nothing around a value is ever meant. */
function readFrom(environment: Environment, problems: string[]): Read {
  const valueOf = ({ name, schema, expected, meaning, fallback }: Group[string]): unknown => {
    const given = environment[name]?.trim() ?? "";
    const raw = given === "" ? fallback : given;
    if (raw === undefined) problems.push(`${name} is missing: ${meaning} Set it.`);
    if (raw === undefined || raw === null) return null;
    const result = schema.safeParse(raw);
    if (!result.success) problems.push(`${name} ${expected}.`);
    return result.data;
  };
  return (group) =>
    Object.fromEntries(Object.entries(group).map(([key, variable]) => [key, valueOf(variable)])) as never;
}

function refuse(problems: readonly string[]): never {
  const list = problems.map((problem) => `\n  - ${problem}`).join("");
  throw new DomainError(
    "invalid_config",
    `The configuration cannot be used. Correct the environment:${list}`,
    { problems },
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

function toKeystore(
  values: ValuesOf<typeof variables.keystore>,
  dataDirectory: string,
  { required, problems }: { required: boolean; problems: string[] },
): KeystoreConfig {
  const { passwordFile: file } = values;
  const bothGiven = values.password !== null && file !== null;
  if (bothGiven)
    problems.push("KEYSTORE_PASSWORD and KEYSTORE_PASSWORD_FILE are both set. Keep one of them.");
  if (required && values.password === null && file === null)
    problems.push(
      "KEYSTORE_PASSWORD is missing: the hot wallet's key cannot be opened. Set it, or KEYSTORE_PASSWORD_FILE.",
    );
  const password = file === null || bothGiven ? values.password : readPasswordFile(file, problems);
  return { ...toKeyPaths(values, dataDirectory), password };
}

type KeyPaths = Pick<KeystoreConfig, "path" | "depositPath">;

const toKeyPaths = (
  { path, depositPath }: { readonly path: string | null; readonly depositPath: string | null },
  dataDirectory: string,
): KeyPaths => ({
  path: resolve(path ?? join(dataDirectory, "keys", "ethereum.json")),
  depositPath: resolve(depositPath ?? join(dataDirectory, "keys", "deposits.json")),
});

/**
 * The whole configuration from the environment, checked once. Values are trimmed; empty means missing.
 * @throws {DomainError} `invalid_config`: every problem and its cure in one message, without any value.
 */
export function loadConfig(environment: Environment): Config {
  const problems: string[] = [];
  const read = readFrom(environment, problems);
  const { databaseUrl, requestsPerKey, requestsPerAddress, requestsPerBrowser, ...engine } = read(
    variables.engine,
  );
  const { email, password, ...nowpayments } = read(variables.nowpayments);
  const changenow = read(variables.changenow);
  const { apiKey, baseUrl } = read(variables.simpleswap);
  const { secretKey, secretHash, baseUrl: flutterwaveUrl } = read(variables.flutterwave);
  const coingecko = read(variables.coingecko);
  const prices = read(variables.prices);
  const { smtpUrl, smtpFrom, telegramBaseUrl, telegramToken } = read(variables.notices);
  const chains = readChains(read, problems);
  const keystore = toKeystore(read(variables.keystore), engine.dataDirectory, {
    required: engine.role !== "api",
    problems,
  });
  const { concurrency, conversionCron, payoutCron, sweepCron, backfillCron, ...polls } = read(variables.work);
  // A malformed one has been told already and is undefined here; only a missing partner is news.
  if ((email === null) !== (password === null))
    problems.push("NOWPAYMENTS_EMAIL and NOWPAYMENTS_PASSWORD belong together. Set both or neither.");
  if ((secretKey === null) !== (secretHash === null))
    problems.push("FLUTTERWAVE_SECRET_KEY and FLUTTERWAVE_SECRET_HASH belong together. Set both or neither.");
  if ((smtpUrl === null) !== (smtpFrom === null))
    problems.push("SMTP_URL and SMTP_FROM belong together. Set both or neither.");
  if (prices.sources?.length === 1 && prices.sources[0] === "binance")
    problems.push(
      "PRICE_SOURCES names Binance alone, which knows no dollars. Name coingecko or coinbase beside it.",
    );
  if (problems.length > 0) refuse(problems);
  return {
    ...engine,
    databaseUrl,
    dataDirectory: resolve(engine.dataDirectory),
    rateLimits: { key: requestsPerKey, address: requestsPerAddress, browser: requestsPerBrowser },
    nowpayments: { ...nowpayments, login: email !== null && password !== null ? { email, password } : null },
    changenow,
    simpleswap: apiKey === null ? null : { baseUrl, apiKey },
    flutterwave:
      secretKey !== null && secretHash !== null ? { baseUrl: flutterwaveUrl, secretKey, secretHash } : null,
    coingecko,
    priceSources: prices.sources,
    binance: { baseUrl: prices.binance },
    coinbase: { baseUrl: prices.coinbase },
    smtp: smtpUrl !== null && smtpFrom !== null ? { url: smtpUrl, from: smtpFrom } : null,
    telegram: telegramToken === null ? null : { baseUrl: telegramBaseUrl, token: telegramToken },
    ...chains,
    keystore,
    workerConcurrency: concurrency,
    crons: { conversion: conversionCron, payout: payoutCron, sweep: sweepCron, backfill: backfillCron },
    ...polls,
  };
}

type Chains = Pick<Config, "evm" | "solana" | "tron" | "aptos" | "depositAddresses">;

/** A network is used as soon as its nodes are named. */
function readChains(read: Read, problems: string[]): Chains {
  const evm = new Map<string, Chains["evm"] extends ReadonlyMap<string, infer One> ? One : never>();
  const depositAddresses = new Map<string, string>();
  let others: Pick<Chains, "solana" | "tron" | "aptos"> = { solana: null, tron: null, aptos: null };
  const keep = (
    { name, title, prefix }: Network,
    address: string | null,
    nodes: readonly string[] | null,
  ) => {
    if (address === null) return;
    const variable = `${prefix}_DEPOSIT_ADDRESS`;
    if (nodes === null)
      problems.push(`${variable} is set, but no nodes of ${title}. Name its nodes too, or leave it out.`);
    if (!isAddressOf(name, address))
      problems.push(`${variable} must be an address of yours on ${title}. Copy it again from your wallet.`);
    depositAddresses.set(name, address);
  };
  for (const network of networks) {
    switch (network.family) {
      case "evm": {
        const { depositAddress, rpcUrls, ...rest } = read(variables.variablesOf.evm(network));
        keep(network, depositAddress, rpcUrls);
        if (rpcUrls !== null) evm.set(network.name, { rpcUrls, ...rest });
        break;
      }
      case "solana": {
        const { depositAddress, rpcUrls, ...rest } = read(variables.variablesOf.solana(network));
        keep(network, depositAddress, rpcUrls);
        others = { ...others, solana: rpcUrls && { rpcUrls, ...rest } };
        break;
      }
      case "tron": {
        const { depositAddress, apiUrls, ...rest } = read(variables.variablesOf.tron(network));
        keep(network, depositAddress, apiUrls);
        others = { ...others, tron: apiUrls && { apiUrls, ...rest } };
        break;
      }
      case "aptos": {
        const { depositAddress, apiUrls, ...rest } = read(variables.variablesOf.aptos(network));
        keep(network, depositAddress, apiUrls);
        others = { ...others, aptos: apiUrls && { apiUrls, ...rest } };
      }
    }
  }
  return { evm, ...others, depositAddresses };
}

function isAddressOf(chain: string, text: string): boolean {
  try {
    return normaliseAddressFor(chain, text, registry) !== "";
  } catch (error) {
    if (error instanceof DomainError) return false;
    throw error;
  }
}

/**
 * What a command needs that only opens the database: no provider's secret is asked for.
 * @throws {DomainError} `invalid_config`
 */
export function loadDatabaseConfig(environment: Environment): DatabaseConfig {
  const problems: string[] = [];
  const { databaseUrl, dataDirectory, logLevel } = variables.engine;
  const values = readFrom(environment, problems)({ databaseUrl, dataDirectory, logLevel });
  if (problems.length > 0) refuse(problems);
  return { ...values, dataDirectory: resolve(values.dataDirectory) };
}

/**
 * Where the key files are, for a command that opens none of them.
 * @throws {DomainError} `invalid_config`
 */
export function loadKeyPaths(environment: Environment): KeyPaths {
  const problems: string[] = [];
  const read = readFrom(environment, problems);
  const { dataDirectory } = read({ dataDirectory: variables.engine.dataDirectory });
  const { path, depositPath } = variables.keystore;
  const paths = toKeyPaths(read({ path, depositPath }), dataDirectory);
  if (problems.length > 0) refuse(problems);
  return paths;
}

/**
 * What a command needs that makes or opens the keystore.
 * @throws {DomainError} `invalid_config`
 */
export function loadKeystoreConfig(environment: Environment): KeystoreConfig & { readonly password: string } {
  const problems: string[] = [];
  const read = readFrom(environment, problems);
  const { dataDirectory } = read({ dataDirectory: variables.engine.dataDirectory });
  const { path, depositPath, password } = toKeystore(read(variables.keystore), dataDirectory, {
    required: true,
    problems,
  });
  if (problems.length > 0 || password === null) refuse(problems);
  return { path, depositPath, password };
}
