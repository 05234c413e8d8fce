import { expect, test } from "vitest";
import { createLane } from "./lane.ts";

/** A lane whose batches end when told. */
function gatedLane(options: { atOnce?: number; largestBatch?: number; keys?: boolean } = {}) {
  const batches: number[][] = [];
  const gates: (() => void)[] = [];
  const ask = createLane<number, string>({
    largestBatch: options.largestBatch ?? 100,
    ...(options.atOnce && { atOnce: options.atOnce }),
    ...(options.keys && { keysOf: (item: number) => [String(item % 10)] }),
    async work(items) {
      batches.push([...items]);
      await new Promise<void>((open) => gates.push(open));
      if (items.includes(13)) throw new RangeError("13 is refused");
      return items.map((item) => `did ${item}`);
    },
    isOwnFault: (error) => error instanceof RangeError,
  });
  const finish = async (answers: Promise<unknown>[]): Promise<void> => {
    const all = { answered: false };
    void Promise.allSettled(answers).then(() => (all.answered = true));
    while (!all.answered) {
      gates.shift()?.();
      await new Promise((turn) => setImmediate(turn));
    }
  };
  return { ask, batches, finish };
}

test("who is alone goes at once; who comes meanwhile goes together, each with the own answer", async () => {
  const { ask, batches, finish } = gatedLane();
  const answers = [1, 2, 3, 4].map(ask);
  expect(batches).toEqual([[1]]);
  await finish(answers);
  expect(batches).toEqual([[1], [2, 3, 4]]);
  expect(await Promise.all(answers)).toEqual(["did 1", "did 2", "did 3", "did 4"]);
});

test("one refusal does not fail its neighbours", async () => {
  const { ask, finish } = gatedLane();
  const answers = [1, 12, 13, 14].map(ask);
  await finish(answers);
  const outcomes = await Promise.allSettled(answers);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
});

test("items of one key never share a batch, and the first goes first", async () => {
  const { ask, batches, finish } = gatedLane({ keys: true });
  const answers = [1, 12, 22, 3, 32].map(ask);
  await finish(answers);
  expect(batches).toEqual([[1], [12, 3], [22], [32]]);
});

test("a batch never grows beyond its limit, and many callers make two batches of like size", async () => {
  const limited = gatedLane({ largestBatch: 2 });
  await limited.finish([1, 2, 3, 4, 5].map(limited.ask));
  expect(limited.batches.map(({ length }) => length)).toEqual([1, 2, 2]);
  const two = gatedLane({ atOnce: 2 });
  await two.finish(Array.from({ length: 60 }, (_, index) => two.ask(index + 100)));
  expect(Math.max(...two.batches.map(({ length }) => length))).toBeLessThanOrEqual(30);
  expect(two.batches.flat().toSorted()).toEqual(Array.from({ length: 60 }, (_, index) => index + 100));
});
