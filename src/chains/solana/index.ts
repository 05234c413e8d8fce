export { createSolanaChain, type SolanaChainOptions } from "./solana-chain.ts";
