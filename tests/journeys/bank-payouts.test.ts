import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../src/ids.ts";
import { accounts, balanceOf } from "../../src/ledger/index.ts";
import {
  answerTo,
  changeSetting,
  driveUntil,
  findTrouble,
  fundFloat,
  giveEarnings,
  startWorld,
  type World,
} from "../support/index.ts";

const USDT = "ethereum:USDT";
const NGN = "fiat:NGN";
const accountOf = (number: string): string => `044:${number}`;

/** A payee who wants naira in a bank account is paid out of our float at Flutterwave, for what they earned in USDT. */
describe("payouts to banks", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      worker: false,
      sandbox: { blocks: "automine", bank: true, paymentStepMs: 1 },
    });
    await fund(1_000_000_000n);
  });
  afterAll(() => world.stop());

  const bank = () => world.sandbox.flutterwave!;
  const fund = (amount: bigint): Promise<void> => fundFloat(world, amount);
  const float = () => balanceOf(world.engine.db, accounts.bank("flutterwave"), NGN);
  const floatThere = () => BigInt(Math.round(Number(bank().balance("NGN")) * 1_000));
  const newPayee = async (account = "0690000031", holder = "Forrest Green"): Promise<string> => {
    const { id } = await world.client.post("/v1/payees", {
      body: {
        name: "Naira",
        payout_mode: "threshold",
        destination: { asset: NGN, address: accountOf(account), memo: holder },
        payout_threshold: { asset: USDT, amount: "10" },
      },
    });
    return id;
  };
  async function owed(payeeId: string, amount = 100_000_000n): Promise<void> {
    await giveEarnings(world, USDT, [{ payeeId, amount }]);
    await world.client.post("/v1/conversion-checks", { body: {} });
    await world.drain();
  }
  const payoutsOf = async (payee_id: string) =>
    (await world.client.get("/v1/payouts", { params: { query: { payee_id } } })).data;
  const request = async (payeeId: string): Promise<string> => {
    const { id } = await world.client.post("/v1/payouts", { body: { payee_id: payeeId, asset: USDT } });
    return id;
  };

  test("is offered, previewed with rate and fee, sent once, and booked to the thousandth; the float there is the float here", async () => {
    const offered = (await world.client.get("/v1/assets")).data.find(({ id }) => id === NGN);
    expect(offered?.pay_out).toMatchObject({ offered: true, route: "bank" });
    const payeeId = await newPayee();
    await owed(payeeId);
    const preview = await world.client.post("/v1/payouts/preview", {
      body: { payee_id: payeeId, asset: USDT },
    });
    const way = preview.ways.find(({ route }) => route === "bank");
    expect(way).toMatchObject({ refused_because: null, least_net: { asset: NGN } });
    const before = await float();
    const id = await request(payeeId);
    const payout = await driveUntil(world, "completed", async () => {
      const found = (await payoutsOf(payeeId)).find((one) => one.id === id);
      return found?.status === "completed" ? found : null;
    });
    expect(payout).toMatchObject({ route: "bank", delivered: way!.least_net });
    expect(payout.transaction_hash).toMatch(/^flutterwave:\d+$/);
    const [transfer] = bank().transfers().slice(-1);
    expect(transfer).toMatchObject({ accountNumber: "0690000031", status: "SUCCESSFUL" });
    expect(before - (await float())).toBe(transfer!.amount + transfer!.fee);
    expect(await float()).toBe(floatThere());
    expect(await findTrouble(world)).toEqual([]);
  });

  test("an account whose holder is another, or that is none, is not paid, and the reason is said", async () => {
    for (const [account, holder, reason] of [
      ["0690000031", "Somebody Else", "account_holder_differs"],
      ["0690000099", "Forrest Green", "bank_account_unknown"],
    ] as const) {
      const payeeId = await newPayee(account, holder);
      await owed(payeeId);
      const preview = await world.client.post("/v1/payouts/preview", {
        body: { payee_id: payeeId, asset: USDT },
      });
      expect(preview.ways.find(({ route }) => route === "bank")?.refused_because).toBe(reason);
      const sent = bank().transfers().length;
      await request(payeeId);
      await world.drain({ future: true, maxRounds: 3 });
      expect(bank().transfers()).toHaveLength(sent);
    }
  });

  test("a float that is too small makes it wait, and nothing is told to the bank", async () => {
    const payeeId = await newPayee();
    await owed(payeeId, 900_000_000n);
    const sent = bank().transfers().length;
    const id = await request(payeeId);
    await world.drain({ future: true, maxRounds: 3 });
    expect((await payoutsOf(payeeId)).find((one) => one.id === id)?.status).toBe("approved");
    expect(bank().transfers()).toHaveLength(sent);
    await fund(2_000_000_000n);
    await driveUntil(
      world,
      "completed",
      async () => (await payoutsOf(payeeId))[0]?.status === "completed" || null,
    );
  });

  test("no outside call before approval: what needs somebody's word is told to nobody, and rejected it is the payee's again", async () => {
    const version = await changeSetting(world, "payout_policy", { routes_needing_approval: ["bank"] });
    expect(version).toBeGreaterThan(0);
    const payeeId = await newPayee();
    await owed(payeeId);
    const told = world.sandbox.journal.of("flutterwave", { method: "POST", path: "/transfers" }).length;
    const id = await request(payeeId);
    await world.drain({ future: true, maxRounds: 3 });
    expect((await payoutsOf(payeeId)).find((one) => one.id === id)?.status).toBe("awaiting_approval");
    expect(world.sandbox.journal.of("flutterwave", { method: "POST", path: "/transfers" })).toHaveLength(
      told,
    );
    await world.client.post("/v1/payouts/{id}/cancel", { params: { path: { id } } });
    await changeSetting(world, "payout_policy", { routes_needing_approval: [] });
    const again = await request(payeeId);
    await driveUntil(
      world,
      "completed",
      async () => (await payoutsOf(payeeId)).find((one) => one.id === again)?.status === "completed" || null,
    );
  });

  test("an account that the bank tells nothing of is not tried", async () => {
    const payeeId = await newPayee("0690000036", "Blocked Person");
    await owed(payeeId);
    const preview = await world.client.post("/v1/payouts/preview", {
      body: { payee_id: payeeId, asset: USDT },
    });
    expect(preview.ways.find(({ route }) => route === "bank")?.refused_because).toBe("bank_account_unknown");
  });

  test("banks and whose an account is can be asked for before a payee is made", async () => {
    const { data } = await world.client.get("/v1/banks", { params: { query: { asset: NGN } } });
    expect(data).toContainEqual({ code: "044", name: "Access Bank" });
    const asked = (account: string, asset = NGN) =>
      answerTo(
        world.client.get("/v1/bank-accounts/{account}", {
          params: { path: { account }, query: { asset } },
        }),
      );
    expect(await asked("044:0690000031")).toMatchObject({ status: 200, body: { holder: "Forrest Green" } });
    expect(await asked("044:0690000099")).toMatchObject({ status: 404, body: { code: "not_found" } });
    expect(await asked("0690000031")).toMatchObject({ status: 422, body: { code: "invalid_address" } });
    expect(await asked("044:0690000031", USDT)).toMatchObject({ body: { code: "asset_not_offered" } });
  });

  test("a notice is a hint: forged it is refused, true it is believed in nothing but that we should look", async () => {
    const payeeId = await newPayee();
    await owed(payeeId);
    const id = await request(payeeId);
    const [hash, url] = [
      world.sandbox.env["FLUTTERWAVE_SECRET_HASH"]!,
      `${world.engine.url}/webhooks/flutterwave`,
    ];
    const send = async (secret: string, data: object): Promise<number> => {
      const body = JSON.stringify({ event: "transfer.completed", "event.type": "Transfer", data });
      const headers = { "content-type": "application/json", "verif-hash": secret };
      return (await fetch(url, { method: "POST", headers, body })).status;
    };
    const lie = { id: 1, reference: newId(), status: "SUCCESSFUL", amount: 1_000_000 };
    expect(await send("not-the-secret", lie)).toBe(401);
    expect(await send(hash, lie)).toBe(200);
    expect(await send(hash, { ...lie, reference: "_RETRY_1" })).toBe(200);
    expect((await payoutsOf(payeeId))[0]?.status).not.toBe("completed");
    await driveUntil(world, "completed", async () => {
      for (const { id: externalId, reference } of bank().transfers())
        await send(hash, { id: externalId, reference, status: "FAILED" });
      return (await payoutsOf(payeeId)).find((one) => one.id === id)?.status === "completed" || null;
    });
    expect(await float()).toBe(floatThere());
    expect(await findTrouble(world)).toEqual([]);
  });

  test.each([
    ["no colon", "0690000031"],
    ["too short", "044:123"],
    ["another country's form", "GH280100:1234567890"],
    ["a formula", "=1+1"],
  ])("an account with %s is refused when the payee is made", async (_name, address) => {
    const answer = await answerTo(
      world.client.post("/v1/payees", {
        body: {
          name: "Wrong",
          payout_mode: "threshold",
          destination: { asset: NGN, address, memo: "Forrest Green" },
          payout_threshold: { asset: USDT, amount: "10" },
        },
      }),
    );
    expect(answer).toMatchObject({ status: 422, body: { code: "invalid_address" } });
  });
});
