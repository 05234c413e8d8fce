export { createAptosChain, type AptosChainOptions } from "./aptos-chain.ts";
