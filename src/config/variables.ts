import {
  networks,
  type AptosNetwork,
  type EvmNetwork,
  type Network,
  type SolanaNetwork,
  type TronNetwork,
} from "../chains/networks.ts";
import {
  choice,
  choices,
  cron,
  databaseUrl,
  email,
  gwei,
  host,
  origins,
  password,
  proxies,
  secret,
  sender,
  smtpUrl,
  text,
  url,
  urls,
  wholeNumber,
  type Variable,
} from "./kinds.ts";

// Each variable stands here once. The tables in the docs, .env.example, what is required and the types of the values follow.
export const engine = {
  role: choice("all", "api", "worker")("ROLE", "What this process does.", "all"),
  databaseUrl: databaseUrl(
    "DATABASE_URL",
    "PostgreSQL 15 or newer. Empty: an embedded one in DATA_DIRECTORY.",
    null,
  ),
  dataDirectory: text("DATA_DIRECTORY", "Where the embedded database and the keystore live.", "./data"),
  port: wholeNumber(0, 65_535)("PORT", "HTTP port.", "8080"),
  host: host("HOST", "Address the HTTP server listens on.", "127.0.0.1"),
  publicUrl: url(
    "PUBLIC_URL",
    "Where the processor reaches our webhooks. Empty: payments are found by back-fill only.",
    null,
  ),
  trustProxy: proxies(
    "TRUST_PROXY",
    "Your proxies, comma-separated: whose X-Forwarded-For names the caller. Empty: nobody's.",
    null,
  ),
  corsOrigins: origins(
    "CORS_ORIGINS",
    "Origins of web pages that may call the API from a browser, comma-separated. Empty: none.",
    null,
  ),
  requestsPerKey: wholeNumber(1, 1_000_000)(
    "RATE_LIMIT_KEY",
    "Requests a minute that one secret API key may make, in each process.",
    "6000",
  ),
  requestsPerAddress: wholeNumber(1, 1_000_000)(
    "RATE_LIMIT_ADDRESS",
    "Requests a minute to the API from one address, with whatever key or none.",
    "6000",
  ),
  requestsPerBrowser: wholeNumber(1, 1_000_000)(
    "RATE_LIMIT_BROWSER",
    "Requests a minute from one address with one publishable key.",
    "60",
  ),
  logLevel: choice(
    "trace",
    "debug",
    "info",
    "warn",
    "error",
    "fatal",
    "silent",
  )("LOG_LEVEL", "Least level that is logged.", "info"),
};

export const nowpayments = {
  baseUrl: url("NOWPAYMENTS_BASE_URL", "NOWPayments API.", "https://api.nowpayments.io/v1"),
  apiKey: secret("NOWPAYMENTS_API_KEY", "NOWPayments API key."),
  ipnSecret: secret("NOWPAYMENTS_IPN_SECRET", "Secret that signs NOWPayments' notifications to us."),
  email: email("NOWPAYMENTS_EMAIL", "NOWPayments login, needed to list payments (back-fill).", null),
  password: secret("NOWPAYMENTS_PASSWORD", "Password of that login.", null),
};

export const changenow = {
  baseUrl: url("CHANGENOW_BASE_URL", "ChangeNOW API.", "https://api.changenow.io/v2"),
  apiKey: secret("CHANGENOW_API_KEY", "ChangeNOW API key."),
};

export const simpleswap = {
  baseUrl: url("SIMPLESWAP_BASE_URL", "SimpleSwap API.", "https://api.simpleswap.io/v3"),
  apiKey: secret("SIMPLESWAP_API_KEY", "SimpleSwap API key. Empty: SimpleSwap is not used.", null),
};

export const flutterwave = {
  baseUrl: url("FLUTTERWAVE_BASE_URL", "Flutterwave API, v3.", "https://api.flutterwave.com/v3"),
  secretKey: secret(
    "FLUTTERWAVE_SECRET_KEY",
    "Flutterwave secret key. Empty: nothing is paid to banks.",
    null,
  ),
  secretHash: secret(
    "FLUTTERWAVE_SECRET_HASH",
    "The secret hash that Flutterwave's notices carry; with the key.",
    null,
  ),
};

export const coingecko = {
  baseUrl: url("COINGECKO_BASE_URL", "CoinGecko API, for prices.", "https://api.coingecko.com/api/v3"),
  apiKey: secret("COINGECKO_API_KEY", "CoinGecko API key; works without, with lower limits.", null),
};

export const prices = {
  sources: choices("coingecko", "binance", "coinbase")(
    "PRICE_SOURCES",
    "Who is asked for prices; the median decides.",
    "coingecko,binance,coinbase",
  ),
  binance: url("BINANCE_BASE_URL", "Binance API, for prices.", "https://api.binance.com"),
  coinbase: url("COINBASE_BASE_URL", "Coinbase API, for prices.", "https://api.exchange.coinbase.com"),
};

export const notices = {
  smtpUrl: smtpUrl(
    "SMTP_URL",
    "Mail server for notices, smtp:// or smtps://, with user and password. Empty: none are sent by e-mail.",
    null,
  ),
  smtpFrom: sender("SMTP_FROM", "Who notices by e-mail come from; with SMTP_URL.", null),
  telegramBaseUrl: url("TELEGRAM_BASE_URL", "Telegram's Bot API.", "https://api.telegram.org"),
  telegramToken: secret(
    "TELEGRAM_BOT_TOKEN",
    "Token of the bot that sends notices. Empty: none are sent by Telegram.",
    null,
  ),
};

const nodes = ({ prefix, title }: Network, word: "RPC" | "API") =>
  urls(`${prefix}_${word}_URLS`, `${title} nodes, comma-separated. Empty: ${title} is not used.`, null);
const chainId = ({ prefix, title, chainId: id }: EvmNetwork | AptosNetwork) =>
  wholeNumber(1, 4_294_967_295)(
    `${prefix}_CHAIN_ID`,
    `The chain id that the ${title} nodes must have.`,
    String(id),
  );
const apiKey = ({ prefix }: Network, name: string) =>
  secret(`${prefix}_API_KEY`, `${name} API key; works without, with lower limits.`, null);
const depositAddress = ({ prefix, title }: Network) =>
  text(
    `${prefix}_DEPOSIT_ADDRESS`,
    `Your own address on ${title} for all direct payments. Empty: each order gets its own.`,
    null,
  );

/** What the networks of a family are configured by. */
export const variablesOf = {
  evm: (network: EvmNetwork) => ({
    rpcUrls: network.required
      ? urls(`${network.prefix}_RPC_URLS`, `${network.title} nodes, comma-separated, in order of preference.`)
      : nodes(network, "RPC"),
    chainId: chainId(network),
    maxFeePerGas: gwei(
      `${network.prefix}_MAX_FEE_GWEI`,
      `Most we pay per unit of gas on ${network.title}, in gwei. Above it, transfers wait.`,
      network.feeCapGwei,
    ),
    depositAddress: depositAddress(network),
  }),
  solana: (network: SolanaNetwork) => ({
    rpcUrls: nodes(network, "RPC"),
    genesisHash: text(
      `${network.prefix}_GENESIS_HASH`,
      "The genesis hash that the Solana nodes must have.",
      network.genesisHash,
    ),
    depositAddress: depositAddress(network),
  }),
  tron: (network: TronNetwork) => ({
    apiUrls: nodes(network, "API"),
    apiKey: apiKey(network, "TronGrid"),
    genesisHash: text(
      `${network.prefix}_GENESIS_HASH`,
      "The id of block 0 that the Tron nodes must have.",
      network.genesisHash,
    ),
    depositAddress: depositAddress(network),
  }),
  aptos: (network: AptosNetwork) => ({
    apiUrls: nodes(network, "API"),
    indexerUrl: url(
      `${network.prefix}_INDEXER_URL`,
      "Aptos indexer (GraphQL), to find payments.",
      network.indexerUrl,
    ),
    apiKey: apiKey(network, "Aptos"),
    chainId: chainId(network),
    depositAddress: depositAddress(network),
  }),
};

export const keystore = {
  path: text(
    "KEYSTORE_PATH",
    "Encrypted key of the hot wallet. Empty: keys/ethereum.json in DATA_DIRECTORY.",
    null,
  ),
  depositPath: text(
    "DEPOSIT_KEYSTORE_PATH",
    "Encrypted seed of the addresses given to payers. Empty: keys/deposits.json in DATA_DIRECTORY.",
    null,
  ),
  password: {
    ...password("KEYSTORE_PASSWORD", "Password of the keystore, or else KEYSTORE_PASSWORD_FILE.", null),
    needed: "this or the file, to sign",
  },
  passwordFile: text("KEYSTORE_PASSWORD_FILE", "File that holds the keystore's password.", null),
};

export const work = {
  concurrency: wholeNumber(1, 200)("WORKER_CONCURRENCY", "Jobs this process runs at once.", "8"),
  conversionCron: cron(
    "CONVERSION_CRON",
    "When to look whether the conversion interval (a setting, 15 minutes) has passed.",
    "* * * * *",
  ),
  payoutCron: cron("PAYOUT_CRON", "When payouts are planned.", "*/5 * * * *"),
  sweepCron: cron("SWEEP_CRON", "When everything past its check time is woken.", "* * * * *"),
  backfillCron: cron(
    "BACKFILL_CRON",
    "When the processor is asked for payments it did not tell.",
    "*/10 * * * *",
  ),
  transferPollMs: wholeNumber(50, 600_000)(
    "TRANSFER_POLL_MS",
    "Milliseconds between looks at a transfer on the chain.",
    "4000",
  ),
  swapPollMs: wholeNumber(50, 3_600_000)(
    "SWAP_POLL_MS",
    "Milliseconds between looks at a swap at its provider.",
    "20000",
  ),
  depositWatchMs: wholeNumber(50, 3_600_000)(
    "DEPOSIT_WATCH_MS",
    "Milliseconds between looks for direct payments on a chain.",
    "4000",
  ),
};

function ofNetwork(network: Network): readonly Variable[] {
  switch (network.family) {
    case "evm":
      return Object.values(variablesOf.evm(network));
    case "solana":
      return Object.values(variablesOf.solana(network));
    case "tron":
      return Object.values(variablesOf.tron(network));
    case "aptos":
      return Object.values(variablesOf.aptos(network));
  }
}

/** Every variable, in the order in which they are told. */
export const variables: readonly Variable[] = [
  ...[engine, nowpayments, changenow, simpleswap, flutterwave, coingecko, prices, notices].flatMap(
    Object.values<Variable>,
  ),
  ...networks.flatMap(ofNetwork),
  ...[keystore, work].flatMap(Object.values<Variable>),
];

/** The same for whoever tells of them. `default: null` is optional, `undefined` is required. */
export const configTable: readonly {
  readonly name: string;
  readonly default: string | null | undefined;
  readonly meaning: string;
  readonly secret: boolean;
  /** An optional one that is needed all the same: when. */
  readonly needed: string | null;
}[] = variables.map(({ name, fallback, meaning, secret: isSecret, needed }) => ({
  name,
  default: fallback,
  meaning,
  secret: isSecret,
  needed: needed ?? null,
}));
