import { ed25519 } from "@noble/curves/ed25519";
import { HDKey } from "@scure/bip32";
import { privateKeyToAccount } from "viem/accounts";
import type { ChainFamily } from "../networks.ts";
import { createEvmSigner } from "../evm-signer.ts";
import type { Signer } from "../sending.ts";
import { checkIndex, childPublicKey } from "./child-key.ts";
import { aptosAddress, evmAddress, solanaAddress, tronAddress } from "./public-key-address.ts";
import { deriveEd25519, ed25519Master } from "./slip10.ts";

/**
 * The addresses deposits arrive at, and the keys that move them on. `index` counts from 0, below 2^31, and gives the same
 * address for ever: EVM m/44'/60'/0'/0/index, Tron m/44'/195'/0'/0/index, Solana m/44'/501'/index'/0',
 * Aptos m/44'/637'/index'/0'/0', as the families' own wallets have it.
 */
export interface DepositKeys {
  /** In the family's normal form: EIP-55, base58, base58check (T…), 0x and 64 hex digits. One address serves all EVM chains. */
  address(family: ChainFamily, index: number): string;
  /** Signs what leaves deposit address `index` on one EVM chain. */
  evmSigner(chain: string, chainId: number, index: number): Signer;
}

/** @param seed 64 bytes, as BIP-39 makes them of the words. It stays inside. */
export function createDepositKeys(seed: Uint8Array): DepositKeys {
  const secp256k1Root = HDKey.fromMasterSeed(seed);
  const evm = secp256k1Root.derive("m/44'/60'/0'/0");
  const tron = secp256k1Root.derive("m/44'/195'/0'/0");
  const ed25519Root = ed25519Master(seed);
  const solana = deriveEd25519(ed25519Root, [44, 501]);
  const aptos = deriveEd25519(ed25519Root, [44, 637]);
  const addresses: Record<ChainFamily, (index: number) => string> = {
    evm: (index) => evmAddress(childPublicKey(evm, index)),
    tron: (index) => tronAddress(childPublicKey(tron, index)),
    solana: (index) => solanaAddress(ed25519.getPublicKey(deriveEd25519(solana, [index, 0]).key)),
    aptos: (index) => aptosAddress(ed25519.getPublicKey(deriveEd25519(aptos, [index, 0, 0]).key)),
  };
  return {
    address: (family, index) => addresses[family](checkIndex(index)),
    evmSigner(chain, chainId, index) {
      const { privateKey } = evm.deriveChild(checkIndex(index));
      return createEvmSigner(privateKeyToAccount(`0x${Buffer.from(privateKey!).toString("hex")}`), {
        chain,
        chainId,
      });
    },
  };
}
