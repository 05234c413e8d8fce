import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { findTrouble, giveEarnings } from "../../tests/support/index.ts";
import { sql } from "../database/index.ts";
import { accounts, balanceOf } from "../ledger/index.ts";
import { payAgain, resolvePayout } from "../payouts/index.ts";
import { writeOffSwap, type Swap } from "./index.ts";
import { PayoutWorld } from "./testing/payout-world.ts";
import { hour, USDT } from "./testing/swap-world.ts";

const soon = (): AbortSignal => AbortSignal.timeout(20_000);
const tron = { asset: "tron:USDT", address: "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8" };
const usdc = (address: string) => ({ asset: "ethereum:USDC", address });
const emptyAddress = "0x1111111111111111111111111111111111111111";
const busyAddress = "0x2222222222222222222222222222222222222222";
const eth = { asset: "ethereum:ETH", address: "0x3333333333333333333333333333333333333333" };
const invented = `0x${"ab".repeat(32)}`;

/** By what can be known: a chain we do not read; a token that the chain lists; the same where something came; a native coin. */
const targets = { unread: tron, listed: usdc(emptyAddress), busy: usdc(busyAddress), native: eth };
type Name = keyof typeof targets;

let at: PayoutWorld;
const payouts = {} as Record<Name, { payeeId: string; id: string; swap: Swap }>;

beforeAll(async () => {
  at = await PayoutWorld.start();
  const made = await at.inReview(Object.values(targets));
  for (const [index, name] of (Object.keys(targets) as Name[]).entries()) payouts[name] = made[index]!;
  // So that what is owed again can be sent again.
  const rich = await at.world.payee({ threshold: "100000" });
  await giveEarnings(at.world, USDT, [{ payeeId: rich, amount: 200_000_000n }]);
  await at.world.sandbox.deposit({ to: busyAddress, assetId: "ethereum:USDC", amount: 49_000_000n });
  await at.world.sandbox.anvil.mine(3);
});
afterAll(() => at.world.stop());
afterEach(() => at.forget());

const writeOff = (swap: Swap, by = "ada"): Promise<string> =>
  writeOffSwap(at.parts.swaps, swap.id, { by }, soon()).then(
    () => "written off",
    (error: { code?: string }) => error.code ?? String(error),
  );

const says = {
  delivered: { status: "finished", payoutHash: invented, amountTo: 49 },
  "delivered, by no hash": { status: "finished", payoutHash: null, amountTo: 49 },
  "at work": { status: "exchanging" },
  failed: { status: "failed", actionsAvailable: false },
  "failed, may go on": { status: "failed", actionsAvailable: true },
  refunded: { status: "refunded", refundHash: null },
  "unknown to it": 404,
  nothing: "silence",
} as const;

const [seen, open, two, asks] = ["swap_arrived", "swap_not_dead", "second_person_needed", "provider_error"];
/** Past its deadline, and thirty days later. Where it says "absent", the write-off would be done: see below. */
const table: readonly [keyof typeof says, Name, string, string][] = [
  ["delivered", "unread", seen!, seen!],
  ["delivered", "listed", open!, two!],
  ["delivered", "native", open!, two!],
  ["delivered, by no hash", "unread", open!, two!],
  ["delivered, by no hash", "listed", open!, two!],
  ["at work", "unread", open!, two!],
  ["at work", "listed", open!, two!],
  ["at work", "native", open!, two!],
  ["failed", "unread", two!, two!],
  ["failed", "busy", two!, two!],
  ["failed", "native", two!, two!],
  ["failed, may go on", "unread", open!, two!],
  ["failed, may go on", "listed", open!, two!],
  ["refunded", "unread", two!, two!],
  ["refunded", "busy", two!, two!],
  ["unknown to it", "unread", open!, two!],
  ["unknown to it", "busy", two!, two!],
  ["unknown to it", "native", open!, two!],
  ["nothing", "unread", asks!, two!],
  ["nothing", "busy", asks!, two!],
  ["nothing", "native", asks!, two!],
];

describe("a payout's swap: what the provider says, what the chain shows, and how long ago", () => {
  test.each(table)("%s, target %s: %s, after thirty days %s", async (word, name, early, late) => {
    for (const [ahead, outcome] of [
      [25 * hour, early],
      [32 * 24 * hour, late],
    ] as const) {
      at.ahead = ahead;
      at.says(payouts[name].swap, says[word]);
      expect(await writeOff(payouts[name].swap)).toBe(outcome);
      at.world.sandbox.heal();
    }
    expect((await at.swap(payouts[name].id))?.status).toBe("in_review");
  });

  test("the refusal says what was found, and so does the record of the first person", async () => {
    at.ahead = 25 * hour;
    at.says(payouts.unread.swap, says.delivered);
    await expect(writeOffSwap(at.parts.swaps, payouts.unread.swap.id, { by: "ada" }, soon())).rejects.toThrow(
      `Seen: the provider says finished by ${invented}`,
    );
    at.says(payouts.busy.swap, says.failed);
    await expect(writeOffSwap(at.parts.swaps, payouts.busy.swap.id, { by: "ada" }, soon())).rejects.toThrow(
      /^Cannot tell: failed, and 0x\w{64} reached 0x2222/,
    );
  });
});

const untilReason = (name: Name, reason: string) =>
  at.until(`payout ${reason}`, async () => (await at.payout(payouts[name].id)).review_reason === reason);

const code = (done: Promise<unknown>): Promise<string> =>
  done.then(
    () => "done",
    (error: { code?: string }) => error.code ?? String(error),
  );

test("absence that is proved is one person's decision, once, and the payee is paid again", async () => {
  const { swap, id } = payouts.listed;
  at.ahead = 25 * hour;
  at.says(swap, says.failed, 3);
  await Promise.all(["ada", "bob", "ada"].map((by) => writeOff(swap, by)));
  expect(await at.swap(id)).toMatchObject({
    status: "written_off",
    loss_finding: "absent",
    alerts: ["written_off"],
  });
  await untilReason("listed", "swap_written_off");
  expect(await code(payAgain(at.parts.payouts, { payoutId: id, by: "ada" }))).toBe("payout_not_in_doubt");
  await resolvePayout(at.parts.payouts, { payoutId: id, resolution: "retry", by: "ada" });
  at.ahead = 0;
  at.says(swap, says.failed, 9);
  await at.until("paid", async () => (await at.payout(id)).status === "completed");
});

test("a loss that nobody can tell of is two persons', and so is paying the payee again: it shows as a loss by name", async () => {
  const { db } = at.world.engine;
  const { swap, id } = payouts.unread;
  at.ahead = 25 * hour;
  const lost = () => balanceOf(db, accounts.platform("variance"), USDT);
  const before = await lost();
  at.says(swap, says.failed, 6);
  expect(await writeOff(swap, "ada")).toBe("second_person_needed");
  expect(await writeOff(swap, "ada")).toBe("second_person_needed");
  await Promise.all(["bob", "cli:root"].map((by) => writeOff(swap, by)));
  expect(await at.swap(id)).toMatchObject({
    status: "written_off",
    loss_finding: "cannot_tell",
    alerts: ["lost_unproved"],
  });
  expect((await lost()) - before).toBe(-50_000_000n);
  const { rows } = await sql<{ note: string }>`
    select cause ->> 'note' as note from status_change where thing_id = ${swap.id} and to_status = 'written_off'`.execute(
    db,
  );
  expect(rows).toEqual([{ note: expect.stringMatching(/^written off, cannot tell: failed.*; by ada and /) }]);
  await untilReason("unread", "swap_lost_unproved");
  for (const resolution of ["retry", "give_back"] as const)
    expect(await code(resolvePayout(at.parts.payouts, { payoutId: id, resolution, by: "ada" }))).toBe(
      "payout_in_doubt",
    );
  expect(await code(payAgain(at.parts.payouts, { payoutId: id, by: "ada" }))).toBe("second_person_needed");
  expect(await code(payAgain(at.parts.payouts, { payoutId: id, by: "ada" }))).toBe("second_person_needed");
  expect((await at.payout(id)).status).toBe("in_review");
  expect(await code(payAgain(at.parts.payouts, { payoutId: id, by: "bob" }))).toBe("done");
  expect(await at.payout(id)).toMatchObject({ status: "approved" });
  at.ahead = 0;
  await at.until("paid", async () => (await at.payout(id)).status === "completed");
  expect(await findTrouble(at.world)).toEqual([]);
});
