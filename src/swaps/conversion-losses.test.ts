import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startGatheringWorld, type GatheringWorld } from "../../tests/journeys/gathering-world.ts";
import { findTrouble, giveEarnings } from "../../tests/support/index.ts";
import { bookTopUp } from "../arrivals/index.ts";
import { checkConversions } from "../conversions/index.ts";
import { sql } from "../database/index.ts";
import { accounts, balanceOf } from "../ledger/index.ts";
import { swapsOf, writeOffSwap, type Swap } from "./index.ts";
import { providerSays } from "./testing/provider-says.ts";
import { ETH, USDT } from "./testing/swap-world.ts";

const soon = (): AbortSignal => AbortSignal.timeout(20_000);
const amount = 30n * 10n ** 15n;
const invented = `0x${"ab".repeat(32)}`;
const says = {
  delivered: { status: "finished", payoutHash: invented, amountTo: 80 },
  "delivered, by no hash": { status: "finished", payoutHash: null, amountTo: 80 },
  "at work": { status: "exchanging" },
  failed: { status: "failed", actionsAvailable: false },
  "failed, may go on": { status: "failed", actionsAvailable: true },
  refunded: { status: "refunded", refundHash: null },
  "unknown to it": 404,
  nothing: "silence",
} as const;
type Word = keyof typeof says;

let at: GatheringWorld;
let payeeId: string;
beforeAll(async () => {
  at = await startGatheringWorld();
});
afterAll(() => at.world.stop());
beforeEach(async () => {
  payeeId = await at.world.payee();
});
afterEach(async () => {
  at.world.sandbox.heal();
  expect(await findTrouble(at.world)).toEqual([]);
});

const swapOf = async (conversionId: string): Promise<Swap | undefined> =>
  (await swapsOf(at.parts.db, "conversion", conversionId)).at(-1);

async function claim(asset = ETH, gift = amount): Promise<string> {
  await giveEarnings(at.world, asset, [{ payeeId, amount: gift }]);
  const found = await checkConversions(at.parts.conversions, soon(), true);
  return found.find((one) => one.asset === asset)!.conversionId!;
}

/** Its provider holds it, and its deadline has passed. */
async function inReview(): Promise<{ conversionId: string; swap: Swap }> {
  at.world.sandbox.changenow.nextOutcome({ kind: "hold" });
  const conversionId = await claim();
  await at.until("held", async () => (await swapOf(conversionId))?.status === "on_hold");
  await at.forward(25 * 60);
  await at.until("in review", async () => (await swapOf(conversionId))?.status === "in_review");
  return { conversionId, swap: (await swapOf(conversionId))! };
}

function writeOff(swap: Swap, word: Word, by = "ada"): Promise<string> {
  providerSays(at.world, swap, says[word]);
  return writeOffSwap(at.parts.swaps, swap.id, { by }, soon())
    .then(
      () => "written off",
      (error: { code?: string }) => error.code ?? String(error),
    )
    .finally(() => at.world.sandbox.heal());
}

const released = (conversionId: string) =>
  at.until("released", async () => {
    const { rows } = await sql<{ status: string }>`
      select status from conversion where id = ${conversionId}`.execute(at.parts.db);
    return rows[0]?.status === "released";
  });
const pending = () => balanceOf(at.parts.db, accounts.payee(payeeId, "pending"), ETH);

const [open, two, asks] = ["swap_not_dead", "second_person_needed", "provider_error"];

describe("a conversion's swap is given up on evidence only", () => {
  test("what may still come is not, and of what nobody can tell two persons decide", async () => {
    const { conversionId, swap } = await inReview();
    const table: readonly (readonly [Word, string, string])[] = [
      ["delivered", open!, two!],
      ["delivered, by no hash", open!, two!],
      ["at work", open!, two!],
      ["failed, may go on", open!, two!],
    ];
    for (const [word, first] of table) expect([word, await writeOff(swap, word)]).toEqual([word, first]);
    expect(await writeOff(swap, "nothing")).toBe(asks);
    await at.forward(31 * 24 * 60);
    for (const [word, , then] of table) expect([word, await writeOff(swap, word)]).toEqual([word, then]);
    // One person twice is one person. Two of them who heard different words decided about different things.
    expect(await writeOff(swap, "at work", "ada")).toBe(two);
    expect(await writeOff(swap, "failed, may go on", "ada")).toBe(two);
    expect((await swapOf(conversionId))?.status).toBe("in_review");
    expect(await writeOff(swap, "at work", "bob")).toBe("written off");
    expect(await swapOf(conversionId)).toMatchObject({
      status: "written_off",
      loss_finding: "cannot_tell",
      alerts: ["lost_unproved"],
    });
    await released(conversionId);
    expect(await pending()).toBe(amount);
  });

  test.each(["failed", "refunded", "unknown to it"] as const)(
    "%s, and nothing came that others do not have: one person's decision",
    async (word) => {
      const { conversionId, swap } = await inReview();
      // A payer's coins that we gathered, and another swap's delivery, reach the same wallet.
      const order = await at.order();
      await at.pay(order, USDT);
      await at.swept(order);
      const other = await claim("ethereum:USDC", 60_000_000n);
      await at.until("another delivered", async () => (await swapOf(other))?.status === "delivered");
      expect(await writeOff(swap, word)).toBe("written off");
      expect(await swapOf(conversionId)).toMatchObject({ status: "written_off", loss_finding: "absent" });
      await released(conversionId);
    },
  );

  test("coins that nobody has, or somebody by a person's word alone, may be what it brought: two decide", async () => {
    const { conversionId, swap } = await inReview();
    const { sandbox, wallet } = at.world;
    const hash = await sandbox.deposit({ to: wallet, assetId: USDT, amount: 5_000_000n });
    await sandbox.anvil.mine(3);
    for (const booked of [false, true]) {
      if (booked) await bookTopUp(at.parts, { chain: "ethereum", transactionHash: hash, by: "ada" }, soon());
      providerSays(at.world, swap, says.failed);
      await expect(writeOffSwap(at.parts.swaps, swap.id, { by: "ada" }, soon())).rejects.toThrow(
        `Cannot tell: failed, and ${hash} reached`,
      );
    }
    expect(await writeOff(swap, "failed", "bob")).toBe("written off");
    expect((await swapOf(conversionId))?.loss_finding).toBe("cannot_tell");
    await released(conversionId);
  });
});
