import { startAnvil } from "../../sandbox/anvil.ts";
import { createChainModel } from "../../simulator/chain/index.ts";
import { systemClock } from "../../src/clock.ts";
import { describeChainNode } from "./chain-node.ts";

describeChainNode("anvil", () => startAnvil({ blocks: "manual", chainId: 1 }));

describeChainNode("the model", () =>
  Promise.resolve({
    control: createChainModel({ chainId: 1, clock: systemClock }),
    stop: () => Promise.resolve(),
  }),
);
