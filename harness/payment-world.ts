import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../sandbox/anvil.ts";
import { startSandbox, type Sandbox } from "../sandbox/index.ts";
import type { SandboxOptions } from "../sandbox/types.ts";
import { createKeystore, loadDepositKeys } from "../src/engine/index.ts";

/** The hot wallet's key and, where payers may pay straight to addresses of ours, the seed of these beside it. */
export interface PaymentKeys {
  readonly path: string;
  readonly password: string;
  /** The hot wallet's address. */
  readonly wallet: string;
}

/** All that an engine needs to live in, but a database. */
export interface PaymentWorld {
  readonly sandbox: Sandbox;
  /** The hot wallet's address. */
  readonly wallet: string;
  /** The coins that pay for its transfers, one on each local EVM chain. */
  readonly gasAssets: readonly string[];
  readonly keystore: { readonly path: string; readonly password: string };
  /** For the engine: the sandbox's addresses, keys with their password, and a free port. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The password is random and the keys hold nothing of worth: guessing need not be made slow. */
const lightKeystore = { scryptN: 1_024 } as const;

/** The whole sandbox, for a person to try: every chain, every source of prices, and who carries notices. */
export const joinedSandbox = {
  chains: { bsc: true, solana: true, tron: true, aptos: true },
  markets: true,
  notices: true,
} as const satisfies SandboxOptions;

/** A password that nobody guesses. */
export const newPassword = (): string => randomBytes(18).toString("base64url");

/** Makes the keys in `directory`/keys, as an engine expects them in its data directory. They are quick to open. */
export async function makePaymentKeys(options: {
  directory: string;
  password: string;
  depositSeed: boolean;
}): Promise<PaymentKeys> {
  const { directory, password } = options;
  const keys = join(directory, "keys");
  const path = join(keys, "ethereum.json");
  await mkdir(keys, { recursive: true, mode: 0o700 });
  const { address: wallet } = await createKeystore(path, password, lightKeystore);
  if (options.depositSeed) {
    const { createDepositSeed } = await loadDepositKeys();
    await createDepositSeed(join(keys, "deposits.json"), password, lightKeystore);
  }
  return { path, password, wallet };
}

/**
 * Makes the keys and starts the sandbox around them. Whoever asked stops `sandbox` and removes the directory.
 * @param options.directory  the engine's data directory; keys come to lie in it.
 * @param options.gas        what the operator puts into the hot wallet on each local EVM chain, base units.
 * @param options.depositSeed payers may pay straight to addresses of ours.
 */
export async function startPaymentWorld(options: {
  directory: string;
  gas: bigint;
  depositSeed: boolean;
  sandbox: Omit<SandboxOptions, "payoutWallet">;
}): Promise<PaymentWorld> {
  const { directory, gas, depositSeed } = options;
  const { wallet, ...keystore } = await makePaymentKeys({ directory, password: newPassword(), depositSeed });
  const { sandbox, gasAssets } = await startFundedSandbox({ wallet, gas, sandbox: options.sandbox });
  try {
    const port = String(await freePort());
    const environment = {
      ...sandbox.env,
      DATA_DIRECTORY: directory,
      KEYSTORE_PATH: keystore.path,
      KEYSTORE_PASSWORD: keystore.password,
      PORT: port,
      PUBLIC_URL: `http://127.0.0.1:${port}`,
    };
    return { sandbox, wallet, gasAssets, keystore, environment };
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
}

/** A sandbox whose processor settles to the wallet, with network fees in it. Whoever asked stops it. */
export async function startFundedSandbox(options: {
  wallet: string;
  gas: bigint;
  sandbox: Omit<SandboxOptions, "payoutWallet">;
}): Promise<Pick<PaymentWorld, "sandbox" | "gasAssets">> {
  const { wallet, gas } = options;
  const sandbox = await startSandbox({ payoutWallet: wallet, ...options.sandbox });
  try {
    const gasAssets = ["ethereum:ETH", ...(sandbox.bsc ? ["bnb-smart-chain:BNB"] : [])];
    for (const asset of gasAssets) await sandbox.fundWallet(wallet, asset, gas);
    return { sandbox, gasAssets };
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
}
