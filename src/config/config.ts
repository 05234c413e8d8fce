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
  /** Whose X-Forwarded-For is believed. */
  readonly trustProxy: readonly string[] | null;
  /** Origins of web pages that may call the API from a browser; `null`: none. */
  readonly corsOrigins: readonly string[] | null;
  /** The most requests a minute, in each process. */
  readonly rateLimits: { readonly key: number; readonly address: number; readonly browser: number };
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
  /** Null: nothing is paid to banks. */
  readonly flutterwave: {
    readonly baseUrl: string;
    readonly secretKey: string;
    readonly secretHash: string;
  } | null;
  readonly coingecko: { readonly baseUrl: string; readonly apiKey: string | null };
  /** Which of the price sources are asked; the median decides. */
  readonly priceSources: readonly PriceSourceName[];
  readonly binance: { readonly baseUrl: string };
  readonly coinbase: { readonly baseUrl: string };
  /** How people are told; `null`: not this way. */
  readonly smtp: { readonly url: string; readonly from: string } | null;
  readonly telegram: { readonly baseUrl: string; readonly token: string } | null;
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
