import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ApiProblem, createClient } from "../../client/index.ts";
import { inventAddress } from "../../sandbox/coins.ts";
import { checkConversions } from "../../src/conversions/index.ts";
import { sql } from "../../src/database/index.ts";
import { accounts, balanceOf } from "../../src/ledger/index.ts";
import { planPayouts } from "../../src/payouts/index.ts";
import {
  changeSetting,
  driveUntil,
  findTrouble,
  giveEarnings,
  startWorld,
  type World,
} from "../support/index.ts";

const USDT = "ethereum:USDT";
const amount = 50_000_000n;
const signal = () => AbortSignal.timeout(20_000);

/** A payee is paid elsewhere from some moment on, and what was to go to the former destination does not leave. */
describe("a destination that changes", () => {
  let world: World;
  let people = 0;
  beforeAll(async () => {
    world = await startWorld({
      worker: false,
      sandbox: { notices: true, blocks: "automine", swapStepMs: 10 },
      env: { TRANSFER_POLL_MS: "60000", SWAP_POLL_MS: "60000" },
    });
  });
  afterAll(() => world.stop());
  afterEach(async () => expect(await findTrouble(world)).toEqual([]));

  /** Somebody with so much available, where they are paid and will be, and what they say by their own key. */
  async function payeeWith(given: { asset?: string; mode?: "instant"; gathered?: boolean } = {}) {
    const { asset = USDT, mode, gathered = true } = given;
    const from = inventAddress(asset.startsWith("tron") ? "tron" : "evm", `payee who moves ${++people}`);
    const to = inventAddress("evm", `where they move ${people}`);
    const mail = `mover${people}@payees.example`;
    const { id } = await world.client.post("/v1/payees", {
      body: {
        name: "Dora",
        ...(mode && { payout_mode: mode }),
        destination: { asset, address: from },
        payout_threshold: { asset: USDT, amount: "1" },
        contact: { channel: "email", address: mail },
      },
    });
    const { key } = await world.client.post("/v1/payees/{id}/withdrawal-keys", {
      params: { path: { id } },
      body: { expires_at: new Date(Date.now() + 3_600_000).toISOString() },
    });
    const own = createClient({ url: world.engine.url!, apiKey: key! });
    if (gathered) {
      await giveEarnings(world, USDT, [{ payeeId: id, amount }]);
      await checkConversions(world.engine.conversions, signal(), true);
      await driveUntil(world, "available", async () => (await available(id)) === amount);
    }
    return { id, from, to, mail, own };
  }
  type Mover = Awaited<ReturnType<typeof payeeWith>>;

  const available = (id: string) => balanceOf(world.engine.db, accounts.payee(id, "available"), USDT);
  const onChain = (address: string) => world.sandbox.balanceOf(address, USDT);
  const refusal = (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => "done",
      (error: unknown) => (error instanceof ApiProblem ? error.code : String(error)),
    );
  const payoutOf = async (id: string) =>
    (await world.client.get("/v1/payouts", { params: { query: { payee_id: id } } })).data[0];
  const withoutTransfers = () => world.jobs.filter(({ name }) => !name.startsWith("transfers."));
  const mailTo = (address: string, word: string) =>
    driveUntil(world, `a mail with ${word}`, () =>
      Promise.resolve(
        world.sandbox
          .notices!.mail.mails.filter(({ to, source }) => to.includes(address) && source.includes(word))
          .at(-1),
      ),
    );

  /** Asked for by their own key; nothing else of the world moves meanwhile. */
  async function ask({ own, to, mail }: Mover) {
    const change = await own.post("/v1/own/destination-changes", {
      body: { destination: { asset: USDT, address: to } },
    });
    const { rows } = await sql<{ body: string }>`
      select body from notice where address = ${mail} and kind = 'destination_code' order by created_at desc, id desc limit 1`.execute(
      world.engine.db,
    );
    return { change, code: /Code: (\S+)/.exec(rows[0]!.body)![1]! };
  }
  const confirm = ({ own }: Mover, { change, code }: Awaited<ReturnType<typeof ask>>) =>
    own.post("/v1/own/destination-changes/{change_id}/confirm", {
      params: { path: { change_id: change.id } },
      body: { code },
    });
  const move = async (who: Mover) => confirm(who, await ask(who));

  test("by the payee's own key and the code of their mail, of which nothing is kept; the date is seen by both", async () => {
    const who = await payeeWith();
    const change = await who.own.post("/v1/own/destination-changes", {
      body: { destination: { asset: USDT, address: who.to } },
    });
    expect(change).toMatchObject({ state: "open", told: "m…@payees.example", tries_left: 5 });
    const mail = await mailTo(who.mail, "Code: ");
    const code = /Code: (\S+)/.exec(mail.source)![1]!;
    const { rows } = await sql<{ body: string }>`
      select body from notice where address = ${who.mail} and kind = 'destination_code'`.execute(
      world.engine.db,
    );
    expect(rows).toEqual([{ body: "A code was told here. It is not kept." }]);
    expect(await refusal(confirm(who, { change, code: "AAAA-AAAA-AAAA" }))).toBe("wrong_code");
    expect(await confirm(who, { change, code })).toMatchObject({ state: "confirmed" });

    const until = await world.client.get("/v1/payees/{id}", { params: { path: { id: who.id } } });
    const [unpaid] = until.unpaid;
    expect(unpaid).toMatchObject({ code: "destination_cooldown", state: "available" });
    expect(new Date(unpaid!.ends_by!).getTime() - new Date(until.destination_changed_at!).getTime()).toBe(
      24 * 3_600_000,
    );
    expect((await who.own.get("/v1/own")).unpaid).toEqual(until.unpaid);
    expect(await refusal(who.own.post("/v1/withdrawals", { body: {} }))).toBe("destination_cooldown");
    await planPayouts(world.engine.payouts, signal());
    expect(await payoutOf(who.id)).toBeUndefined();
    await mailTo(who.mail, "was changed");

    // A day passes.
    await sql`update payee set destination_changed_at = destination_changed_at - interval '1 day' where id = ${who.id}`.execute(
      world.engine.db,
    );
    await planPayouts(world.engine.payouts, signal());
    await driveUntil(world, "paid elsewhere", async () => (await onChain(who.to)) === amount);
    expect(await onChain(who.from)).toBe(0n);
    await driveUntil(world, "completed", async () => (await payoutOf(who.id))?.status === "completed");
  });

  test.each([
    ["a transfer", USDT],
    ["a swap", "tron:USDT"],
  ])(
    "what is approved and not signed does not go by %s to the former destination, not for a moment",
    async (_, asset) => {
      const who = await payeeWith({ asset });
      await planPayouts(world.engine.payouts, signal());
      await driveUntil(world, "an attempt", async () => (await payoutOf(who.id))?.status === "sending", {
        jobs: withoutTransfers(),
      });
      await move(who);
      // The signer comes before anybody has followed the change.
      await driveUntil(world, "the signer looked", () => Promise.resolve(true), {
        jobs: world.jobs.filter(({ name }) => /^(transfers|swaps)\./.test(name)),
      });
      const { rows } = await sql<{ signed: number }>`
      select count(*)::int as signed from transfer where slot is not null and correlation_id = ${(await payoutOf(who.id))!.id}`.execute(
        world.engine.db,
      );
      expect(rows[0]!.signed).toBe(0);
      await driveUntil(world, "it is over", async () => (await payoutOf(who.id))?.status === "failed");
      expect(await payoutOf(who.id)).toMatchObject({ end_reason: "destination_changed" });
      expect(await available(who.id)).toBe(amount);
    },
  );

  test("what is signed goes on: only its chain ends it", async () => {
    const who = await payeeWith();
    await planPayouts(world.engine.payouts, signal());
    await driveUntil(world, "sent", async () => (await onChain(who.from)) === amount);
    await move(who);
    await driveUntil(world, "completed", async () => (await payoutOf(who.id))?.status === "completed");
    expect(await payoutOf(who.id)).toMatchObject({ destination: { address: who.from } });
  });

  test("what waits for an approval is over, and an approval that comes late decides nothing", async () => {
    const policy = await world.client.get("/v1/settings/{key}", {
      params: { path: { key: "payout_policy" } },
    });
    const none = { payout_usd: "0", day_usd: "0", refund_usd: "0" };
    await changeSetting(world, "payout_policy", { without_approval: none });
    const who = await payeeWith();
    const payout = await who.own.post("/v1/withdrawals", { body: {} });
    await driveUntil(world, "it waits", async () => (await payoutOf(who.id))?.status === "awaiting_approval");
    const { data } = await world.client.get("/v1/approval-queue");
    const { id, terms_hash } = data.find(({ subject_id: subject }) => subject === payout.id)!;
    await move(who);
    await driveUntil(world, "it is over", async () => (await payoutOf(who.id))?.status === "cancelled");
    const body = { decision: "approve" as const, items: [{ id, terms_hash }] };
    expect(await refusal(world.client.post("/v1/approval-decisions", { body }))).toBe("authorisation_ended");
    await changeSetting(world, "payout_policy", policy.value as object);
    expect(await available(who.id)).toBe(amount);
  });

  test("an instant payee is not paid at once where they moved to, either", async () => {
    const who = await payeeWith({ mode: "instant", gathered: false });
    await move(who);
    await giveEarnings(world, USDT, [{ payeeId: who.id, amount: 5_000_000n, route: "instant" }]);
    await planPayouts(world.engine.payouts, signal());
    expect(await payoutOf(who.id)).toBeUndefined();
    const { unpaid } = await who.own.get("/v1/own");
    expect(unpaid).toMatchObject([{ code: "destination_cooldown", state: "pending" }]);
    const { data } = await world.client.get("/v1/payout-waits");
    expect(data).toContainEqual(
      expect.objectContaining({ payee_id: who.id, reason: "destination_cooldown" }),
    );
  });

  test("a change at the moment of planning: nothing reaches the former destination", async () => {
    const who = await payeeWith();
    const asked = await ask(who);
    await Promise.all([
      confirm(who, asked),
      ...Array.from({ length: 4 }, () => planPayouts(world.engine.payouts, signal())),
    ]);
    await driveUntil(world, "the change is followed", async () => {
      const payout = await payoutOf(who.id);
      return payout === undefined || payout.status === "cancelled" || payout.status === "failed";
    });
    expect([await onChain(who.from), await available(who.id)]).toEqual([0n, amount]);
  });

  test("how and from what on they are paid, by their own key, with what it was", async () => {
    const { id, own } = await payeeWith({ gathered: false });
    await own.put("/v1/own/payout-mode", { body: { payout_mode: "instant" } });
    await own.put("/v1/own/payout-threshold", {
      body: { payout_threshold: { asset: USDT, amount: "75.5" } },
    });
    for (const threshold of ["0.001", "2000000"])
      expect(
        await refusal(
          own.put("/v1/own/payout-threshold", {
            body: { payout_threshold: { asset: USDT, amount: threshold } },
          }),
        ),
      ).toBe("invalid_threshold");
    const { data } = await world.client.get("/v1/payees/{id}/changes", { params: { path: { id } } });
    expect(data.map(({ field, before, after }) => ({ field, before, after }))).toEqual([
      {
        field: "payout_threshold",
        before: { asset: USDT, amount: "1" },
        after: { asset: USDT, amount: "75.5" },
      },
      { field: "payout_mode", before: "threshold", after: "instant" },
    ]);
    expect(await own.get("/v1/own")).toMatchObject({
      payout_mode: "instant",
      payout_threshold: { amount: "75.5" },
    });
    expect(await refusal(world.client.get("/v1/own"))).toBe("payees_key_needed");
  });
});
