import { checkAnswer, fullBlockSchema, unusable, type Asked } from "./answers.ts";
import type { Endpoint } from "./endpoint.ts";
import type { ReadingContext } from "./reading-context.ts";
import { wouldTakeLess, type BlockRange } from "./log-span.ts";
import { findTokenArrivals, type Hit } from "./scan-logs.ts";
import type { WatchedAddresses } from "./watched-addresses.ts";

/** Most full blocks of one request: a busy chain's twenty are some ten megabytes. */
const blocksPerRequest = 20;

/**
 * Hashes of the transactions in these blocks that sent native coins to a watched address themselves or moved a listed token
 * to one, in the order of the chain, each once. What a contract's call sends in native coins no search shows: only a reading
 * of the transaction does.
 * @throws {ProviderError} `reorganised` while it was searched; `missing_block`.
 */
export async function scanBlocks(
  context: ReadingContext,
  endpoint: Endpoint,
  range: BlockRange,
  watched: WatchedAddresses,
): Promise<{ readonly hashes: readonly string[]; readonly parentHash: string; readonly endHash: string }> {
  const asked = { chain: context.chain, operation: "scan", endpoint: endpoint.label };
  const { hits, blockHashes, parentHash } = await readBlocks(asked, endpoint, range, watched);
  // Logs after blocks, with the last block asked for once more beside them: had the chain changed in between, it would show.
  hits.push(...(await findTokenArrivals(context, asked, endpoint, { range, watched, blockHashes })));
  const inOrder = hits.toSorted(
    (one, other) =>
      compare(one.blockNumber, other.blockNumber) ||
      compare(one.position, other.position) ||
      one.hash.localeCompare(other.hash),
  );
  const hashes = [...new Set(inOrder.map(({ hash }) => hash))];
  return { hashes, parentHash, endHash: blockHashes.get(range.to)! };
}

const compare = (one: bigint, other: bigint): number => (one < other ? -1 : one > other ? 1 : 0);

/** Whom blocks paid directly. Holds no more blocks than one request brings. */
async function readBlocks(
  asked: Asked,
  endpoint: Endpoint,
  range: BlockRange,
  watched: WatchedAddresses,
): Promise<{ hits: Hit[]; blockHashes: ReadonlyMap<bigint, string>; parentHash: string }> {
  const hits: Hit[] = [];
  let parentHash = "";
  const blockHashes = new Map<bigint, string>();
  let perRequest = blocksPerRequest;
  for (let next = range.from; next <= range.to;) {
    const left = range.to - next + 1n;
    const numbers = Array.from(
      { length: left < BigInt(perRequest) ? Number(left) : perRequest },
      (_, offset) => next + BigInt(offset),
    );
    const answers = await requestBlocks(endpoint, numbers);
    if (answers === "too_many") {
      perRequest = Math.ceil(numbers.length / 2);
      continue;
    }
    for (const [offset, answer] of answers.entries()) {
      const number = numbers[offset]!;
      if (answer === null) throw unusable(asked, "missing_block", { number: String(number) });
      const block = checkAnswer(fullBlockSchema, answer, asked);
      if (block.number !== number)
        throw unusable(asked, "garbled_answer", { number: String(number), answered: String(block.number) });
      if (number === range.from) parentHash = block.parentHash;
      const parent = blockHashes.get(number - 1n);
      if (parent !== undefined && block.parentHash !== parent)
        throw unusable(asked, "reorganised", { number: String(number) });
      blockHashes.set(number, block.hash);
      for (const [place, { hash, to, value }] of block.transactions.entries())
        if (value > 0n && typeof to === "string" && watched.has(to))
          hits.push({ blockNumber: number, position: BigInt(place), hash });
    }
    next += BigInt(numbers.length);
  }
  return { hits, blockHashes, parentHash };
}

async function requestBlocks(
  endpoint: Endpoint,
  numbers: readonly bigint[],
): Promise<readonly unknown[] | "too_many"> {
  try {
    return await endpoint.requestMany(
      numbers.map((number) => ({
        method: "eth_getBlockByNumber",
        params: [`0x${number.toString(16)}`, true],
      })),
    );
  } catch (error) {
    if (numbers.length > 1 && wouldTakeLess(error)) return "too_many";
    throw error;
  }
}
