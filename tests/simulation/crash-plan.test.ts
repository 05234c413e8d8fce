import { expect, test } from "vitest";
import { createCrashPlan } from "../../simulator/crash-plan.ts";
import { describeWrites } from "../../simulator/process-database.ts";

const places = Array.from({ length: 300 }, (_, index) => `job ${index % 7} · before effect ${index}`);

test("five seeds in a row, from a multiple of five, die at every place, each once", () => {
  for (const first of [0, 5, 1_995]) {
    const died = new Map<string, number>();
    for (let seed = first; seed < first + 5; seed++) {
      const plan = createCrashPlan(seed, 5);
      for (let time = 0; time < 5; time++)
        for (const place of places) if (plan.diesAt(place)) died.set(place, (died.get(place) ?? 0) + 1);
      expect(plan.seen.size).toBe(places.length);
    }
    expect([...died.keys()].toSorted()).toEqual(places.toSorted());
    expect(new Set(died.values())).toEqual(new Set([1]));
  }
});

test("without crashes every place is still counted", () => {
  const plan = createCrashPlan(3, null);
  expect(places.some((place) => plan.diesAt(place))).toBe(false);
  expect(plan.seen.size).toBe(places.length);
});

test("a statement that writes is told from one that reads or only locks", () => {
  expect(describeWrites("select * from wallet where id = $1 for no key update")).toBeNull();
  expect(describeWrites("select * from swap where id = $1 for update skip locked")).toBeNull();
  expect(describeWrites("update swap set status = $1")).toBe("update swap");
  expect(
    describeWrites("with moved as (update earning set x = 1 returning id) insert into payout values (1)"),
  ).toBe("update earning, insert payout");
  expect(describeWrites("select from graphile_worker.add_job($1)")).toBe("queue add_job");
  expect(describeWrites("delete from graphile_worker._private_jobs where id = $1")).toBe("delete queue jobs");
});
