import { expect, test } from "vitest";
import { watchedAddresses } from "./watched-addresses.ts";

const [one, two, three] = ["1", "2", "a"].map((digit) => `0x${digit.repeat(40)}`) as [string, string, string];

test("an address is found by its lower-case form and spelled as given; a foreign one gets its checksum", () => {
  const upper = `0x${three.slice(2).toUpperCase()}`;
  const view = watchedAddresses(new Set([one, upper]));
  expect([view.has(three), view.spell(three), view.has(two)]).toEqual([true, upper, false]);
  expect(view.spell(`0x${"b".repeat(40)}`)).toBe("0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB");
});

test("a set that has changed is seen as it is now, also where one address took another's place", () => {
  const watched = new Set([one, two]);
  const before = watchedAddresses(watched);
  expect(watchedAddresses(watched)).toBe(before);
  watched.delete(one);
  watched.add(three);
  const after = watchedAddresses(watched);
  expect([after.has(one), after.has(three), after.size]).toEqual([false, true, 2]);
});
