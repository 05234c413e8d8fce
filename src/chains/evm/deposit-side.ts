import { InvariantViolation, ProviderError } from "../../errors.ts";
import type { ReceivingChain } from "../receiving.ts";
import { bestReading, settledReading } from "./agree-on-deposits.ts";
import { blockSchema, checkAnswer } from "./answers.ts";
import type { Endpoints } from "./endpoints.ts";
import {
  interpretDeposits,
  readDepositFacts,
  type DepositAnswer,
  type DepositFacts,
} from "./read-deposits.ts";
import type { ReadingContext } from "./reading-context.ts";
import { scanBlocks } from "./scan-blocks.ts";
import { findTokenArrivals } from "./scan-logs.ts";
import { traceMethod } from "./trace-calls.ts";
import { watchedAddresses } from "./watched-addresses.ts";

interface DepositSideOptions {
  normaliseHash(text: string): string;
  readonly mostScanBlocks: number;
  readonly lagBlocks: bigint;
}

/** What an EVM chain offers as a place where money arrives. */
export function createDepositSide(
  context: ReadingContext,
  endpoints: Endpoints,
  { normaliseHash, mostScanBlocks, lagBlocks }: DepositSideOptions,
): Pick<ReceivingChain, "family" | "readDeposits" | "watch"> {
  const { chain } = context;
  const readDeposits = createDepositReader(context, endpoints);
  return {
    family: "evm",
    readDeposits: async (hash, watched, signal, options) =>
      readDeposits(normaliseHash(hash), watched, signal, options),
    watch: {
      kind: "blocks",
      mostBlocks: mostScanBlocks,
      lagBlocks,
      blockHash: (number, signal) =>
        endpoints.ask("blockHash", signal, async (endpoint) => {
          const asked = { chain, operation: "blockHash", endpoint: endpoint.label };
          const answer = await endpoint.request("eth_getBlockByNumber", [`0x${number.toString(16)}`, false]);
          return checkAnswer(blockSchema.nullable(), answer, asked)?.hash ?? null;
        }),
      async scan(blocks, watched, signal) {
        const length = blocks.to - blocks.from + 1n;
        if (blocks.from < 0n || length < 1n || length > BigInt(mostScanBlocks))
          throw new InvariantViolation("scan_range", `A scan takes 1 to ${mostScanBlocks} blocks.`, {
            from: String(blocks.from),
            to: String(blocks.to),
          });
        const ours = watchedAddresses(watched);
        return endpoints.ask("scan", signal, (endpoint) => scanBlocks(context, endpoint, blocks, ours));
      },
      async searchAgain(range, watched, signal) {
        const search = { range, watched: watchedAddresses(watched), blockHashes: null };
        const lists = await endpoints.askAll(
          "searchAgain",
          signal,
          (endpoint) =>
            findTokenArrivals(
              context,
              { chain, operation: "searchAgain", endpoint: endpoint.label },
              endpoint,
              search,
            ),
          () => false,
        );
        return [...new Set(lists.flat().map(({ hash }) => hash))];
      },
    },
  };
}

function createDepositReader(context: ReadingContext, endpoints: Endpoints): ReceivingChain["readDeposits"] {
  const operation = "readDeposits";
  const problem = (reason: string) =>
    new ProviderError({ provider: context.chain, operation, failure: "retryable", reason });
  return async (hash, watched, signal, { agreeing: needed = 1 } = {}) => {
    if (endpoints.hosts.size < needed) throw problem("too_few_endpoints");
    const ours = watchedAddresses(watched);
    const interpret = (facts: DepositFacts) => interpretDeposits(context, facts, ours);
    const collected: DepositAnswer[] = [];
    await endpoints.askAll(
      operation,
      signal,
      async (endpoint) => {
        // One answer is enough, and only a trace could better it.
        const known = needed === 1 && collected.find(({ status }) => status === "included");
        if (known && endpoint.lacks(traceMethod)) return known;
        return readDepositFacts(context, endpoint, hash);
      },
      (answer) => {
        collected.push(answer);
        return settledReading(collected, interpret, needed) !== null;
      },
    );
    const reading = bestReading(collected, interpret, needed);
    if (reading === null) throw problem("endpoints_disagree");
    return reading;
  };
}
