export { startSolana } from "./start-solana.ts";
export type * from "./types.ts";
