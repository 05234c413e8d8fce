import { describe } from "vitest";
import { describeFees } from "./chain-node-fees.ts";
import { describeHistory } from "./chain-node-history.ts";
import { describePool } from "./chain-node-pool.ts";
import { describeTransfers } from "./chain-node-transfers.ts";
import { startNodeWorld, type ChainNode } from "./node-world.ts";

/** What the engine and the sandbox rely on in a node. Every implementation must pass all of it. */
export function describeChainNode(name: string, make: () => Promise<ChainNode>): void {
  describe(name, () => {
    const world = startNodeWorld(make);
    describeTransfers(world);
    describePool(world);
    describeHistory(world);
    describeFees(world);
  });
}
