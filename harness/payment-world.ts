import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../sandbox/anvil.ts";
import { startSandbox, type Sandbox } from "../sandbox/index.ts";
import type { SandboxOptions } from "../sandbox/types.ts";
import { createKeystore, loadDepositKeys } from "../src/engine/index.ts";

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

/** The password is random and the keys live for a minute: guessing need not be made slow. */
const lightKeystore = { scryptN: 1_024 } as const;

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
  const { directory, gas } = options;
  const keys = join(directory, "keys");
  const path = join(keys, "ethereum.json");
  const password = randomBytes(18).toString("base64url");
  await mkdir(keys, { recursive: true, mode: 0o700 });
  const { address: wallet } = await createKeystore(path, password, lightKeystore);
  if (options.depositSeed) {
    const { createDepositSeed } = await loadDepositKeys();
    await createDepositSeed(join(keys, "deposits.json"), password, lightKeystore);
  }
  const sandbox = await startSandbox({ payoutWallet: wallet, ...options.sandbox });
  try {
    const gasAssets = ["ethereum:ETH", ...(sandbox.bsc ? ["bnb-smart-chain:BNB"] : [])];
    for (const asset of gasAssets) await sandbox.fundWallet(wallet, asset, gas);
    const port = String(await freePort());
    const environment = {
      ...sandbox.env,
      DATA_DIRECTORY: directory,
      KEYSTORE_PATH: path,
      KEYSTORE_PASSWORD: password,
      PORT: port,
      PUBLIC_URL: `http://127.0.0.1:${port}`,
    };
    return { sandbox, wallet, gasAssets, keystore: { path, password }, environment };
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
}
