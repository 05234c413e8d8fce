import { ProviderError } from "../../errors.ts";
import type { Asset } from "../../money/index.ts";
import {
  callFrameSchema,
  checkAnswer,
  unusable,
  type Asked,
  type Transaction,
  type TransactionReceipt,
} from "./answers.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Movement } from "./net-arrivals.ts";
import { RpcRefusal } from "./rpc-refusal.ts";
import type { ReadingContext } from "./reading-context.ts";

export const traceMethod = "debug_traceTransaction";

/** What a send costs that runs no code, on every chain with layer 1 rules. */
const plainSendGas = 21_000n;

/** transfer(address,uint256) and transferFrom(address,address,uint256), and how many bytes of call data they need. */
const tokenCalls: ReadonlyMap<string, number> = new Map([
  ["0xa9059cbb", 68],
  ["0x23b872dd", 100],
]);

/**
 * Whether code ran that may have sent native coins on: everything but a send without call data at the price of one, and the
 * plain transfer of a token we list. A chain that prices sends otherwise only makes us ask for more traces.
 */
export function mayMoveCoins(
  { chain, registry }: ReadingContext,
  receipt: TransactionReceipt,
  { to, value, input }: Transaction,
): boolean {
  if (to === null) return true;
  const gas = receipt.gasUsed - (receipt.gasUsedForL1 ?? 0n);
  if (input === "0x" && gas === plainSendGas) return false;
  const needed = tokenCalls.get(input.slice(0, 10));
  const isTokenCall = needed !== undefined && input.length >= 2 + 2 * needed && value === 0n;
  return !(isTokenCall && registry.findByContract(chain, to) !== null);
}

/**
 * The native coins that calls inside a transaction moved, in order; not its own value. `null`: this endpoint cannot show it,
 * be it that it has no such method, has forgotten the state, or gives something else than a trace of this transaction.
 */
export async function traceCalls(
  asked: Asked,
  endpoint: Endpoint,
  transaction: Transaction,
  native: Asset,
): Promise<readonly Movement[] | null> {
  if (endpoint.lacks(traceMethod)) return null;
  try {
    const answer = await endpoint.request(traceMethod, [transaction.hash, { tracer: "callTracer" }]);
    return coinsMoved(asked, answer, transaction, native);
  } catch (error) {
    // What is proved without a trace must not wait for one.
    if (error instanceof RpcRefusal || error instanceof ProviderError) return null;
    throw error;
  }
}

/** These run the other's code on the caller's own account: coins stay where they are. */
const keepsCoins = new Set(["DELEGATECALL", "STATICCALL", "CALLCODE"]);
const movesCoins = new Set(["CALL", "CREATE", "CREATE2", "SELFDESTRUCT"]);

function coinsMoved(asked: Asked, answer: unknown, transaction: Transaction, native: Asset): Movement[] {
  const refuse = (why: string) => unusable(asked, "garbled_answer", { hash: transaction.hash, trace: why });
  const read = (frame: unknown) => checkAnswer(callFrameSchema, frame, asked);
  const root = read(answer);
  const isOfThis =
    root.from === transaction.from &&
    (transaction.to === null || root.to === transaction.to) &&
    (root.value ?? 0n) === transaction.value &&
    (root.error ?? null) === null;
  if (!isOfThis) throw refuse("of another transaction");

  const counts = new Map<string, number>();
  const moves: Movement[] = [];
  // A stack of our own: calls may be nested a thousand deep.
  const waiting: unknown[] = (root.calls ?? []).toReversed();
  while (waiting.length > 0) {
    const { type, from, to = null, value, error, calls } = read(waiting.pop());
    if (!movesCoins.has(type) && !keepsCoins.has(type)) throw refuse(`a ${type.slice(0, 40)}`);
    // A frame that failed took back what it and everything below it did.
    if ((error ?? null) !== null) continue;
    const amount = value ?? 0n;
    if (movesCoins.has(type) && amount > 0n) {
      if (to === null) throw refuse(`a ${type} to nobody`);
      // Nodes disagree on which frames they show (calls of precompiled contracts, above all), so a path through the trace is no
      // lasting name. How many moves to the same address came before is.
      const before = counts.get(to) ?? 0;
      counts.set(to, before + 1);
      moves.push({ index: `call:${to}:${before}`, asset: native, from, to, amount });
    }
    for (const call of (calls ?? []).toReversed()) waiting.push(call);
  }
  return moves;
}
