import { existsSync } from "node:fs";
import { openKeystoreFor } from "../chains/evm/index.ts";
import type { Signer } from "../chains/index.ts";
import type { Config } from "../config/index.ts";
import { DomainError } from "../errors.ts";
import { enqueue, enqueueOnce } from "../jobs/index.ts";
import { assertSameSeed, registerSharedAddress, addressTasks } from "../addresses/index.ts";
import type { Logger } from "../telemetry/index.ts";
import {
  listWallets,
  recordSignerState,
  registerWallet,
  type TransferDeps,
  transferTasks,
} from "../transfers/index.ts";
import { sharedAddressesOf, type Assembly, type Direct } from "./assemble.ts";
import { openForeignChains, type World } from "./outside.ts";

/** For the commands that make a key: the concrete chain stays known here alone. */
export { createKeystore } from "../chains/evm/index.ts";
import { depositTasks } from "../deposits/index.ts";
export const loadDepositKeys = () => import("../chains/hd/index.ts");

/** A signer for every EVM chain, or why there is none. Trying the password takes a second of another thread. */
export async function openHotKey({ evm, keystore }: Config): Promise<Signer[] | DomainError> {
  if (keystore.password === null) return [];
  const wanted = [...evm].map(([chain, { chainId }]) => ({ chain, chainId }));
  try {
    return await openKeystoreFor(keystore.path, keystore.password, wanted);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

/**
 * Opens the hot wallet's key, once, for every EVM chain, and makes its address known as a wallet of ours on each. A key that
 * cannot be opened stops the sending from that wallet and nothing else: transfers wait and say why.
 */
export async function openSigners(
  parts: Assembly,
  opening = openHotKey(parts.config),
): Promise<Map<string, Signer>> {
  const { chains, db, clock, log } = parts;
  const signers = new Map<string, Signer>();
  const opened = await opening;
  if (opened instanceof DomainError) {
    const problem = { problem: opened.code, message: `${opened.message} Then restart the worker.` };
    for (const chain of chains.keys()) await recordSignerState(db, { chain, problem, now: clock.now() });
    log.error(problem, "nothing is sent: the wallet's key cannot be opened");
    return signers;
  }
  for (const signer of opened) {
    const { chain, address } = signer;
    await recordSignerState(db, { chain, problem: null, now: clock.now() });
    signers.set(`${chain}:${address}`, signer);
    const wallet = await registerWallet(db, { chain, address, now: clock.now() });
    await enqueue(db, transferTasks.openWallet, { id: wallet.id });
  }
  return signers;
}

/**
 * What direct payments need beyond the EVM chains. The seed is opened only where something is signed; one that cannot be
 * opened stops what needs it and nothing else.
 */
export async function openDirect(config: Config, log: Logger, world: World): Promise<Direct> {
  const foreignChains = await openForeignChains(config, world);
  const { depositPath, password } = config.keystore;
  if (config.role === "api" || password === null || !existsSync(depositPath)) return { foreignChains };
  const { openDepositKeys } = await import("../chains/hd/index.ts");
  try {
    return { foreignChains, keys: await openDepositKeys(depositPath, password) };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const problem = { problem: error.code, message: `${error.message} Then restart the worker.` };
    log.error(problem, "no addresses are made and no coins gathered: the deposit seed cannot be opened");
    return { foreignChains };
  }
}

/** Whether payers can be given an address of ours at all. */
export const isPaidDirectly = ({ depositAddresses, keystore }: Config): boolean =>
  depositAddresses.size > 0 || existsSync(keystore.depositPath);

/**
 * Addresses for payers lie ready before the first order asks, and every chain is searched from now on.
 * @throws {DomainError} `invalid_configuration`: payers would pay into the hot wallet itself; `deposit_seed_changed`.
 */
export async function beginDirect({
  config,
  db,
  clock,
  depositChains,
  depositKeys,
}: Assembly): Promise<void> {
  for (const [name, address] of sharedAddressesOf(config, depositChains)) {
    // Arrivals there are other rooms' to book: settlements of the processor, deliveries of swaps.
    if ((await listWallets(db, name)).some((wallet) => wallet.address === address))
      throw new DomainError(
        "invalid_configuration",
        `The deposit address of ${name} is the hot wallet's own. Give payers another address.`,
      );
    await registerSharedAddress(db, { family: depositChains.get(name)!.family, address, now: clock.now() });
  }
  if (depositKeys !== null) await assertSameSeed(db, depositKeys);
  if (!isPaidDirectly(config)) return;
  await enqueueOnce(db, addressTasks.fill, {});
  await enqueue(db, depositTasks.sweep, {});
}

/** The keys of payers' addresses, each derived once. */
export function depositSignerOf({
  config,
  depositKeys,
}: Assembly): NonNullable<TransferDeps["depositSigner"]> {
  const derived = new Map<string, Signer>();
  return (chain, index) => {
    const network = config.evm.get(chain);
    if (depositKeys === null || network === undefined) return undefined;
    const known = derived.get(`${chain}:${index}`);
    if (known) return known;
    const signer = depositKeys.evmSigner(chain, network.chainId, index);
    derived.set(`${chain}:${index}`, signer);
    return signer;
  };
}
