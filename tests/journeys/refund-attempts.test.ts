import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { sql } from "../../src/database/index.ts";
import { newId } from "../../src/ids.ts";
import { createApiKey } from "../../src/operators/index.ts";
import { listReview, type ReviewItem } from "../../src/desk/index.ts";
import { changeSetting } from "../support/index.ts";
import { quoteIn, unitsOf } from "./direct-orders.ts";
import { ETH, startGatheringWorld, USDT, type GatheringWorld } from "./gathering-world.ts";

let gathering: GatheringWorld;
beforeAll(async () => {
  gathering = await startGatheringWorld();
});
afterEach(() => gathering.expectWhole());
afterAll(() => gathering.world.stop());

const amount = 10n ** 17n;
const ethOf = (address: string) => gathering.world.sandbox.balanceOf(address, ETH);
const desk = (): Promise<ReviewItem[]> => listReview(gathering.parts, AbortSignal.timeout(9_000));
const refundOf = async (subjectId: string) =>
  (await desk()).find(({ thing, partOf }) => thing === "refund" && partOf === subjectId);

let addresses = 0;
const newPayer = (): string =>
  `0x${(0xc000_0000n + BigInt((addresses += 1))).toString(16).padStart(40, "6")}`;
/** A contract that takes no ether, as many do. */
async function refusing(): Promise<string> {
  const address = newPayer();
  await gathering.world.sandbox.anvil.rpc("anvil_setCode", [address, "0xfe"]);
  return address;
}
const opened = (address: string) => gathering.world.sandbox.anvil.rpc("anvil_setCode", [address, "0x"]);

/** What there is to send back, as the desk names it. */
interface Owed {
  readonly thing: "deposit" | "surplus";
  readonly id: string;
  /** Its row's: the deposit, or the order. */
  readonly subjectId: string;
  readonly amount: bigint;
}

/** 0.1 ether at the address of an order that takes USDT: in review and gathered. */
async function depositInReview(): Promise<Owed> {
  const order = await gathering.order({ assets: [USDT] });
  await gathering.pay(order, ETH, amount);
  const { id } = await gathering.until("in review and gathered", async () => {
    const [row] = await gathering.deposits(order);
    return row?.status === "in_review" && row.final && row.swept_at !== null ? row : (undefined as never);
  });
  return { thing: "deposit", id, subjectId: id, amount };
}

/** About 0.1 ether beyond an order's price, gathered. */
async function surplus(): Promise<Owed> {
  const order = await gathering.order({ assets: [ETH], price: "100" });
  await gathering.pay(order, ETH, unitsOf(quoteIn(order, ETH)) + amount);
  await gathering.swept(order);
  const over = (await gathering.deposits(order))[0]!.surplus_amount; // its price is valued anew
  return { thing: "surplus", id: `${order.id}:${ETH}`, subjectId: order.id, amount: over };
}

const refund = ({ thing, id }: Owed, address: string) => gathering.act(thing, id, "refund", { address });
const stopped = ({ subjectId }: Owed) =>
  gathering.until("stopped", async () => {
    const item = await refundOf(subjectId);
    return item?.status === "stopped" ? item : (undefined as never);
  });
const sent = ({ subjectId }: Owed) =>
  gathering.until("its refund knows", async () => {
    const { rows } = await sql`
      select from refund where subject_id = ${subjectId} and status = 'sent'`.execute(
      gathering.world.engine.db,
    );
    return rows.length === 1;
  });
/** Whether a refund of it may leave, by the policy's word. */
async function letGo({ subjectId }: Owed): Promise<boolean> {
  const { rows } = await sql`
    select from authorisation a join refund r on r.id = a.subject_id
    where r.subject_id = ${subjectId} and a.status = 'granted'`.execute(gathering.world.engine.db);
  return rows.length === 1;
}
const received = (address: string) =>
  gathering.until("the payer has it", async () => (await ethOf(address)) > 0n);

describe.each([
  ["a deposit in review", depositInReview],
  ["a surplus", surplus],
])("%s whose refund cannot be sent", (_, owed) => {
  test("is on the desk with the reason, is sent again, and goes elsewhere, once", async () => {
    const what = await owed();
    const bad = await refusing();
    expect((await refund(what, bad)).status).toBe(200);
    const item = await stopped(what);
    expect(item).toMatchObject({
      reason: "transfer_would_revert",
      owner: "operator",
      money: [{ asset: ETH, amount: what.amount }],
      actions: ["check", "resend", "refund", "take_back"],
    });
    expect((await gathering.act("refund", item.id, "resend")).status).toBe(200);
    await stopped(what);
    for (const address of [gathering.world.wallet, "0x12", "0x000000000000000000000000000000000000dEaD"])
      expect(await gathering.act("refund", item.id, "refund", { address })).toMatchObject({
        status: 422,
        body: { code: "invalid_address" },
      });
    const payer = newPayer();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => gathering.act("refund", item.id, "refund", { address: payer })),
    );
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    await received(payer);
    await gathering.expectWhole();
    expect([await ethOf(payer), await ethOf(bad)]).toEqual([what.amount, 0n]);
    expect(await refundOf(what.subjectId)).toBeUndefined();
    await sent(what);
    expect(await gathering.act("refund", item.id, "resend")).toMatchObject({
      status: 409,
      body: { code: "refund_ended" },
    });
  });

  test("is not sent after all: it is where it was, and can be refunded anew", async () => {
    const what = await owed();
    await refund(what, await refusing());
    const { id } = await stopped(what);
    expect((await gathering.act("refund", id, "take_back")).status).toBe(200);
    await gathering.expectWhole();
    const again = (await desk()).find(({ thing, id: own }) => thing === what.thing && own === what.id);
    expect(again).toMatchObject({
      money: [{ asset: ETH, amount: what.amount }],
      actions: expect.arrayContaining(["refund"]),
    });
    const payer = newPayer();
    expect((await refund(what, payer)).status).toBe(200);
    await received(payer);
    await gathering.expectWhole();
    expect(await ethOf(payer)).toBe(what.amount);
  });

  test("under twenty decisions of all kinds at once is sent once, or is where it was", async () => {
    const what = await owed();
    await refund(what, await refusing());
    const { id } = await stopped(what);
    const payers = Array.from({ length: 8 }, newPayer);
    const answers = await Promise.all([
      ...payers.map((address) => gathering.act("refund", id, "refund", { address })),
      ...payers.slice(0, 4).map((address) => refund(what, address)),
      ...Array.from({ length: 5 }, () => gathering.act("refund", id, "take_back")),
      ...Array.from({ length: 3 }, () => gathering.act("refund", id, "resend")),
    ]);
    expect([...new Set(answers.map(({ status }) => status))].toSorted()).toEqual([200, 409]);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
    const whereItWas = async () =>
      (await desk()).some((item) => item.thing === what.thing && item.id === what.id);
    const paid = async () => {
      const amounts = await Promise.all(payers.map(ethOf));
      return amounts.filter((one) => one > 0n);
    };
    await gathering.until("decided", async () => {
      const item = await refundOf(what.subjectId);
      return item?.status === "stopped" || (await whereItWas()) || (await paid()).length > 0;
    });
    await gathering.expectWhole();
    const live = (await refundOf(what.subjectId)) !== undefined ? 1 : 0;
    expect([await paid(), live + ((await whereItWas()) ? 1 : 0)]).toEqual(
      (await paid()).length > 0 ? [[what.amount], 0] : [[], 1],
    );
  });

  test("that was signed is decided about when the chain has ended it, not before", async () => {
    const what = await owed();
    const payer = newPayer();
    await refund(what, payer);
    const { rows } = await sql<{ id: string }>`
      select id from refund where subject_id = ${what.subjectId}`.execute(gathering.world.engine.db);
    const [{ id }] = rows as [{ id: string }];
    const signed = () =>
      sql<{ signed: boolean }>`
      select count(*) > 0 as signed from transfer t join refund_attempt a on a.id = t.purpose_id
      where a.refund_id = ${id} and t.slot is not null`.execute(gathering.world.engine.db);
    await gathering.world.sandbox.anvil.rpc("evm_setAutomine", [false]);
    try {
      for (let tries = 0; tries < 50 && !(await signed()).rows[0]!.signed; tries++) await gathering.drain(1);
      await gathering.world.sandbox.anvil.rpc("anvil_setCode", [payer, "0xfe"]); // so that it will revert
      for (const action of ["resend", "take_back", "refund"] as const)
        expect(await gathering.act("refund", id, action, { address: newPayer() })).toMatchObject({
          status: 409,
          body: { code: "refund_under_way" },
        });
    } finally {
      await gathering.world.sandbox.anvil.rpc("evm_setAutomine", [true]);
    }
    expect(await stopped(what)).toMatchObject({ id, reason: "reverted" });
    await gathering.expectWhole();
    await opened(payer);
    expect((await gathering.act("refund", id, "resend")).status).toBe(200);
    await received(payer);
    await gathering.expectWhole();
    expect(await ethOf(payer)).toBe(what.amount);
  });
});

test("a deposit whose refund is stuck is sent elsewhere from its own place on the desk, too", async () => {
  const what = await depositInReview();
  await refund(what, await refusing());
  await stopped(what);
  const payer = newPayer();
  expect((await refund(what, payer)).status).toBe(200);
  await received(payer);
  await gathering.expectWhole();
  expect(await ethOf(payer)).toBe(what.amount);
});

test("between the chain's word and the refund's, nothing is missing and nothing is offered twice", async () => {
  const what = await surplus();
  const payer = newPayer();
  await refund(what, payer);
  await gathering.until("the policy's word", () => letGo(what), ["transfers.advance"]);
  await gathering.until("final", async () => (await ethOf(payer)) > 0n, [
    "refunds.attempt_ended",
    "refunds.look",
    "refunds.sweep",
  ]);
  const items = await desk();
  expect(items.filter(({ thing, id }) => thing === "suspense" || id === what.id)).toEqual([]);
  expect(await refund(what, payer)).toMatchObject({ status: 409, body: { code: "no_surplus" } });
  await sent(what);
});

test("whoever names another address does not approve it, though somebody else began the refund", async () => {
  const { world } = gathering;
  await changeSetting(world, "payout_policy", {
    without_approval: { payout_usd: "0", day_usd: "0", refund_usd: "0" },
  });
  const person = async (owner: string) => {
    const { key } = await createApiKey(world.engine.db, {
      name: owner,
      owner,
      scopes: ["refunds:write", "payouts:approve", "payouts:read"],
      now: new Date(),
    });
    return <T>(path: string, body: unknown) =>
      world.api<T & { code?: string }>("POST", path, body, { authorization: `Bearer ${key}` });
  };
  const [first, second] = [await person("Ada"), await person("Bob")];
  const what = await depositInReview();
  const [named, payer] = [newPayer(), newPayer()];
  expect((await first(`/v1/review/deposit/${what.id}/refund`, { address: named })).status).toBe(200);
  const waitsFor = (address: string) =>
    gathering.until("it waits", async () => {
      const { data } = await world.client.get("/v1/approval-queue");
      return (
        data.find(({ terms }) => String(terms["to_address"]).toLowerCase() === address) ??
        (undefined as never)
      );
    });
  const { subject_id: id } = await waitsFor(named);
  expect((await second(`/v1/review/refund/${id}/refund`, { address: payer })).status).toBe(200);
  const item = await waitsFor(payer);
  const items = [{ id: item.id, terms_hash: item.terms_hash }];
  const decision = { decision: "approve", items };
  expect((await second("/v1/approval-decisions", decision)).body.code).toBe("approval_by_requester");
  expect((await first("/v1/approval-decisions", decision)).status).toBe(200);
  await received(payer);
  await sent(what);
  expect([await ethOf(payer), await ethOf(named)]).toEqual([what.amount, 0n]);
  await changeSetting(world, "payout_policy", {
    without_approval: { payout_usd: "1000", day_usd: "5000", refund_usd: "1000" },
  });
});

test("a refund that is not there is refused", async () => {
  expect(await gathering.act("refund", newId(), "resend")).toMatchObject({
    status: 404,
    body: { code: "unknown_refund" },
  });
});
