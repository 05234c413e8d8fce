export { createEvmChain, type EvmChain, type EvmChainOptions } from "./evm-chain.ts";
export { examineEndpoint, type EndpointReport } from "./examine-endpoint.ts";
export { createKeystore, openKeystore, openKeystoreFor, type KeystoreOptions } from "./keystore.ts";
