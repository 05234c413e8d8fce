import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, giveEarnings, startWorld, type World } from "../support/index.ts";

const USDT = "ethereum:USDT";
const contact = { channel: "email", address: "dora@payees.example" } as const;

/** Payees and operators learn what concerns them, by e-mail and by Telegram, through public interfaces only. */
describe("notices", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ sandbox: { notices: true, blocks: "automine" } });
    await world.sandbox.fundWallet(world.wallet, USDT, 100_000_000n);
  });
  afterAll(() => world.stop());

  test("a payee reads what they were paid, with the transaction; a dead letter is shown and sent again", async () => {
    const { mail } = world.sandbox.notices!;
    mail.next({ kind: "refuse", stage: "rcpt", code: 550 });
    const made = await world.client.post("/v1/payees", {
      body: {
        name: "Dora",
        payout_mode: "instant",
        destination: { asset: USDT, address: "0x1111111254EEB25477B68fb85Ed929f73A960582" },
        contact,
      },
    });
    expect(made.contact).toEqual(contact);
    await giveEarnings(world, USDT, [{ payeeId: made.id, amount: 5_000_000n, route: "instant" }]);
    await world.client.post("/v1/payout-plans");
    const payout = await eventually("the payout completed", async () => {
      await world.sandbox.anvil.mine(2);
      const { data } = await world.client.get("/v1/payouts");
      return data.find(({ status }) => status === "completed");
    });
    const item = await eventually("the dead letter", async () => {
      const { data } = await world.client.get("/v1/review");
      return data.find(({ thing }) => thing === "notice");
    });
    expect(item).toMatchObject({ status: "failed", reason: "address_refused_550" });
    await world.client.post("/v1/review/{thing}/{id}/{action}", {
      params: { path: { thing: "notice", id: item.id, action: "send_again" } },
    });
    const sent = await eventually("the mail", () =>
      mail.mails.find(({ source }) => source.includes(payout.id)),
    );
    expect(sent.to).toEqual([contact.address]);
    expect(sent.source).toContain("Subject: You were paid 5 USDT");
    expect(sent.source.replaceAll("=\r\n", "")).toContain(payout.transaction_hash);
    expect(mail.mails).toHaveLength(1);
  });

  test("operators are told of what comes to the recovery desk, each thing once", async () => {
    const { telegram } = world.sandbox.notices!;
    await world.client.put("/v1/settings/{key}", {
      params: { path: { key: "operator_contacts" } },
      body: { value: { contacts: [{ channel: "telegram", address: "4242" }] } },
    });
    await world.sandbox.deposit({ to: world.wallet, assetId: USDT, amount: 7n });
    await world.sandbox.anvil.mine(3);
    const tell = world.jobs.find(({ name }) => name === "desk.tell")!;
    const run = () =>
      tell.run({}, { signal: AbortSignal.timeout(60_000), attempt: 1, log: world.engine.log });
    const message = await eventually("the message", async () => {
      await run();
      return telegram.messages.find(({ text }) => text.includes("wallet difference"));
    });
    expect(message).toMatchObject({
      chatId: "4242",
      text: expect.stringContaining("At stake: 100.000007 USDT"),
    });
    await run();
    expect(telegram.messages).toHaveLength(1);
  });
});
