export { createTronChain, type TronChainOptions } from "./tron-chain.ts";
