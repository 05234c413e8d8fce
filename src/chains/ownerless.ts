import { DomainError } from "../errors.ts";
import type { AssetRegistry } from "../money/index.ts";

/** Why coins sent to an address are lost. */
type Ownerless =
  "zero_address" | "burn_address" | "precompile" | "system_contract" | "program" | "token_contract";

const says: Readonly<Record<Exclude<Ownerless, "token_contract">, string>> = {
  zero_address: "The zero address belongs to nobody: coins sent there are lost.",
  burn_address: "This is a burn address: coins sent there are lost.",
  precompile: "This is a precompiled contract: coins sent there are lost.",
  system_contract: "This is a contract of the network itself: coins sent there are lost.",
  program: "This is a program of the network, not a wallet: coins sent there are lost.",
};

/** Precompiled and system contracts sit at 0x01 to 0x11, 0x64, 0x1000, 0x1010 … by chain, and are growing in number. */
const lastReservedAddress = 0xffffn;
/** Addresses that everybody burns to, or writes for "the native coin", and that nobody has the key of. */
const evmBurns = new Set([
  "0xdeaddeaddeaddeaddeaddeaddeaddeaddeaddead",
  "0xdead000000000000000042069420694206942069",
  "0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
  "0xffffffffffffffffffffffffffffffffffffffff",
]);

function ownerlessEvm(address: string): Ownerless | null {
  const lower = address.toLowerCase();
  const value = BigInt(lower);
  if (value === 0n) return "zero_address";
  if (/0{30,}dead$/.test(lower) || evmBurns.has(lower)) return "burn_address";
  if (value <= lastReservedAddress) return "precompile";
  // Where every OP Stack chain, Base among them, has its own contracts.
  return /^0x420{35}[0-9a-f]{3}$/.test(lower) ? "system_contract" : null;
}

/** Those without the run of ones that the others have. Source: solana.com/docs, "Native programs"; spl.solana.com. */
const solanaPrograms = new Set([
  "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
  "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb",
  "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL",
  "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr",
  "Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo",
]);

/** System programs, sysvars, the incinerator and wrapped SOL's mint spell their names and fill up with ones: no key does. */
const ownerlessSolana = (address: string): Ownerless | null =>
  solanaPrograms.has(address) || /1{12,}/.test(address) ? "program" : null;

/** The black hole account of Tron's genesis block. */
const ownerlessTron = (address: string): Ownerless | null =>
  address === "TLsV52sRDL79HXGGm9yzwKibb6BeruhUzy" ? "burn_address" : null;

const bitcoinBurns = new Set([
  "1111111111111111111114oLvT2",
  "1BitcoinEaterAddressDontSendf59kuE",
  "1CounterpartyXXXXXXXXXXXXXXXUWLpVr",
]);
const ownerlessBitcoin = (address: string): Ownerless | null =>
  bitcoinBurns.has(address) ? "burn_address" : null;

const ownerlessAptos = (address: string): Ownerless | null =>
  /^0x0{40,}dead$|^0xf{64}$/.test(address) ? "burn_address" : null;

const families: Readonly<Record<string, (address: string) => Ownerless | null>> = {
  eip155: ownerlessEvm,
  solana: ownerlessSolana,
  tron: ownerlessTron,
  bip122: ownerlessBitcoin,
  aptos: ownerlessAptos,
};

/**
 * Refuses an address in its normal form that nobody owns, or that burns what it gets. A token's contract is refused on every
 * chain of the same kind: who pastes one has copied the token, not a wallet. A Move coin is named by the account that
 * published it, and that account is no wallet either.
 * @param chainId CAIP-2, whose namespace tells the family.
 * @throws {DomainError} `invalid_address`
 */
export function refuseOwnerless(address: string, chainId: string, registry: AssetRegistry): void {
  const [namespace = ""] = chainId.split(":");
  const reason = families[namespace]?.(address) ?? null;
  const refuse = (message: string, why: Ownerless): DomainError =>
    new DomainError("invalid_address", message, { reason: why });
  if (reason !== null && reason !== "token_contract") throw refuse(`${address}: ${says[reason]}`, reason);
  const same = address.toLowerCase();
  const token = registry.all.find(
    ({ contract, chainId: theirs }) =>
      theirs.startsWith(`${namespace}:`) &&
      (contract?.toLowerCase() === same || contract?.toLowerCase().startsWith(`${same}::`)),
  );
  if (token)
    throw refuse(
      `${address} is the contract of ${token.symbol} itself, not a wallet: give the address of a wallet.`,
      "token_contract",
    );
}
