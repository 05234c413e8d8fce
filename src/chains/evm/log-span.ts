import { ProviderError } from "../../errors.ts";
import { asksForLess, RpcRefusal } from "./rpc-refusal.ts";

/** Both blocks included. */
export interface BlockRange {
  readonly from: bigint;
  readonly to: bigint;
}

/**
 * How many blocks of logs one endpoint answers at once. Each provider has a limit of its own: of blocks, of what they find, or
 * of time, so it is found by trying. It shrinks where the endpoint asks for less and grows again where it does not.
 */
export interface LogSpan {
  /**
   * What the endpoint says of a range, part after part, in the order of the chain and without a gap.
   * @throws whatever `ask` throws, where fewer blocks would not help or there is only one.
   */
  search<T>(range: BlockRange, ask: (part: BlockRange) => Promise<T>): AsyncGenerator<T>;
}

/** A limit of blocks stays, so a larger part is tried only now and then. */
const growsAfter = 8;

export function createLogSpan(): LogSpan {
  /** Null: it never asked for less. */
  let most: bigint | null = null;
  let taken = 0;
  return {
    async *search(range, ask) {
      for (let from = range.from; from <= range.to;) {
        const end: bigint = most === null || from + most > range.to ? range.to : from + most - 1n;
        const part: BlockRange = { from, to: end };
        const length = end - from + 1n;
        let answer;
        try {
          answer = await ask(part);
        } catch (error) {
          if (length === 1n || !wouldTakeLess(error)) throw error;
          most = length / 2n;
          taken = 0;
          continue;
        }
        if (most !== null && length === most && ++taken >= growsAfter) {
          most *= 2n;
          taken = 0;
        }
        from = end + 1n;
        yield answer;
      }
    },
  };
}

/** The answer was too long, or took too long, or the node said so: part of it may pass. */
export const wouldTakeLess = (error: unknown): boolean =>
  error instanceof RpcRefusal
    ? asksForLess(error)
    : error instanceof ProviderError && (error.reason === "answer_too_large" || error.reason === "timed_out");
