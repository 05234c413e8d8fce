export { createChainModel, type ChainFact, type ChainModel, type ChainModelOptions } from "./chain-model.ts";
