export { describeSeeds, replayCommand } from "./describe-seeds.ts";
export { runSeeds, type SeedsOptions, type SeedsReport } from "./run-seeds.ts";
