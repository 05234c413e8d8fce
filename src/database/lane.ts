import { setImmediate as callersTurn } from "node:timers/promises";

const worthABatch = 12;

/** Asks for one thing. Resolves when the batch it went with is done. */
export type Lane<Item, Result> = (item: Item) => Promise<Result>;

/**
 * A few batches at a time: whatever is asked for while they are under way goes into the next together, so that many
 * callers share a commit and a caller that is alone never waits.
 * @param options.atOnce     most batches under way at once; one if absent. Another is opened only for a batch worth it,
 *                           because a batch costs as much as several of its items.
 * @param options.work       does a batch, all or none; one result an item.
 * @param options.keysOf     items with a key in common never share a batch; the later one waits for the next.
 * @param options.isOwnFault a batch that failed so is done again item by item, so that one refusal does not fail its
 *                           neighbours. Other failures, such as a lost connection, are everybody's.
 */
export function createLane<Item, Result>(options: {
  largestBatch: number;
  atOnce?: number;
  work(items: readonly Item[]): Promise<readonly Result[]>;
  keysOf?(item: Item): readonly string[];
  isOwnFault?(error: unknown): boolean;
}): Lane<Item, Result> {
  interface Waiting {
    readonly item: Item;
    resolve(result: Result): void;
    reject(error: unknown): void;
  }
  let waiting: Waiting[] = [];
  const { atOnce = 1 } = options;
  let underWay = 0;
  let itemsUnderWay = 0;

  const worthwhile = (): number =>
    Math.min(atOnce, Math.max(1, Math.floor((waiting.length + itemsUnderWay) / worthABatch)));

  function takeBatch(): Waiting[] {
    const { keysOf = () => [] } = options;
    // A fair share of everything there is, or one batch would stay large and the other small.
    const share = Math.ceil((waiting.length + itemsUnderWay) / worthwhile());
    const most = Math.min(options.largestBatch, share);
    const taken = new Set<string>();
    const batch: Waiting[] = [];
    const later: Waiting[] = [];
    for (const one of waiting) {
      const keys = keysOf(one.item);
      const fits = batch.length < most && !keys.some((key) => taken.has(key));
      (fits ? batch : later).push(one);
      for (const key of keys) taken.add(key); // also of those that wait, or a later one would overtake
    }
    waiting = later;
    return batch;
  }

  async function settle(batch: readonly Waiting[]): Promise<void> {
    try {
      const results = await options.work(batch.map(({ item }) => item));
      for (const [index, one] of batch.entries()) one.resolve(results[index]!);
    } catch (error) {
      if (batch.length > 1 && options.isOwnFault?.(error)) for (const one of batch) await settle([one]);
      else for (const one of batch) one.reject(error);
    }
  }

  async function run(): Promise<void> {
    underWay += 1;
    do {
      const batch = takeBatch();
      itemsUnderWay += batch.length;
      await settle(batch);
      itemsUnderWay -= batch.length;
      await callersTurn(); // whoever was just answered may ask again and share the next batch, which makes it twice as large
    } while (waiting.length > 0 && underWay <= worthwhile());
    underWay -= 1;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (underWay < worthwhile()) void run();
    });
}
