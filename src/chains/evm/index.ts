export { createEvmChain, type EvmChainOptions } from "./evm-chain.ts";
export { createKeystore, openKeystore, type KeystoreOptions } from "./keystore.ts";
