import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inventAddress } from "../../sandbox/coins.ts";
import { sql } from "../../src/database/index.ts";
import { answerTo, driveUntil, findTrouble, givePayment, startWorld, type World } from "../support/index.ts";

const USDT = "ethereum:USDT";
const address = "0x1111111254EEB25477B68fb85Ed929f73A960582";

/** A payer says where their refund goes, by a link, without an account and without a script. */
describe("a link for a payer", () => {
  let world: World;
  let people = 0;
  beforeAll(async () => {
    world = await startWorld({
      worker: false,
      sandbox: { blocks: "automine" },
      env: { TRANSFER_POLL_MS: "60000", SWAP_POLL_MS: "60000" },
    });
  });
  afterAll(() => world.stop());

  const newAddress = () => inventAddress("evm", `payer ${++people}`);
  const refund = async () => {
    const { orderId } = await givePayment(world, USDT, { payees: [await world.payee()], amount: 5_000_000n });
    const { id, status, to_address, link } = await world.client.post("/v1/orders/{id}/refunds", {
      params: { path: { id: orderId } },
      body: { reason: "sent twice", share: { asset: USDT, amount: "2.5" }, rate: "original" },
    });
    expect([status, to_address]).toEqual(["awaiting_address", null]);
    return { id, orderId, path: new URL(link!.url!).pathname };
  };
  const read = (id: string) => world.client.get("/v1/refunds/{id}", { params: { path: { id } } });
  const page = async (path: string, fields?: Record<string, string>) => {
    const answer = await fetch(new URL(path, world.engine.url!), {
      redirect: "manual",
      ...(fields && { method: "POST", body: new URLSearchParams(fields) }),
    });
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  };
  const gone = async (path: string) => {
    for (const fields of [undefined, { address, confirmed: "yes" }]) {
      const { status, text } = await page(path, fields);
      expect([status, text]).toEqual([404, expect.stringContaining("not good any more")]);
    }
  };

  test("asks, shows it again, sends it there once they say that it is theirs, tells what became of it, and is good once", async () => {
    const { id, path } = await refund();
    const asked = await page(path);
    expect(asked.status).toBe(200);
    for (const words of ["<strong>2.5 USDT</strong>", "USDT on Ethereum", 'method="post"'])
      expect(asked.text).toContain(words);
    expect(asked.text).not.toMatch(/<script| style=| on\w+=/);
    expect(asked.headers.get("referrer-policy")).toBe("no-referrer");
    const to = newAddress();
    const shown = await page(path, { address: ` ${to.toLowerCase()} ` });
    expect(shown.text).toContain(`<dd class="mono">${to}</dd>`);
    await world.drain();
    expect(await read(id)).toMatchObject({ status: "awaiting_address", to_address: null, attempts: [] });
    const saved = await page(path, { address: to, confirmed: "yes" });
    expect([saved.status, saved.headers.get("location")]).toEqual([303, "?"]);
    expect((await page(path, { address, confirmed: "yes" })).status).toBe(303);
    await driveUntil(world, "sent", async () => (await read(id)).status === "sent");
    expect(await world.sandbox.balanceOf(to, USDT)).toBe(2_500_000n);
    expect(await world.sandbox.balanceOf(address, USDT)).toBe(0n);
    const after = await page(path);
    expect(after.text).toContain("Your money was sent");
    expect(after.text).toContain((await read(id)).transaction_hash);
    expect(after.text).not.toContain(to);
    expect(await findTrouble(world)).toEqual([]);
  });

  test("of nine who say so at once one is heard", async () => {
    const { id, path } = await refund();
    const theirs = Array.from({ length: 9 }, newAddress);
    const answers = await Promise.all(theirs.map((one) => page(path, { address: one, confirmed: "yes" })));
    expect(answers.map(({ status }) => status)).toEqual(theirs.map(() => 303));
    await driveUntil(world, "sent", async () => (await read(id)).status === "sent");
    const got = await Promise.all(theirs.map((one) => world.sandbox.balanceOf(one, USDT)));
    expect(got.filter((amount) => amount > 0n)).toEqual([2_500_000n]);
    expect((await read(id)).attempts).toHaveLength(1);
  });

  const phrase =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
  test("what is no address of a payer's is refused in a sentence, and a secret is neither shown again nor kept", async () => {
    const { id, path } = await refund();
    const key = `0x${"5e".repeat(32)}`;
    const wrong = [
      "",
      address.slice(0, -1),
      address.replace("Ed92", "ED92"),
      "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE",
      `0x${"0".repeat(40)}`,
      "0x000000000000000000000000000000000000dEaD",
      world.wallet,
      `"><script>alert(1)</script>`,
      phrase,
      key,
    ];
    for (const entered of wrong)
      for (const confirmed of ["", "yes"]) {
        const { status, text } = await page(path, { address: entered, confirmed });
        expect([entered, status]).toEqual([entered, 422]);
        expect(text).toMatch(/<p class="wrong" role="alert">[^<]{10,}<\/p>/);
        expect(text).not.toMatch(/<script|abandon|5e5e5e/);
      }
    expect(await read(id)).toMatchObject({ status: "awaiting_address", to_address: null });
    const { rows } = await sql<{ kept: string }>`
      select (select coalesce(string_agg(r::text, ''), '') from refund r) || (select string_agg(s::text, '') from status_change s)
        || (select coalesce(string_agg(i::text, ''), '') from idempotency_record i) as kept`.execute(
      world.engine.db,
    );
    expect(rows[0]!.kept).not.toMatch(/abandon|5e5e5e/);
  });

  test("one that expired, was made anew, or is none, and that of a refund that was taken back, say nothing any more", async () => {
    const { db } = world.engine;
    const [older, expired, cancelled, told] = [
      await refund(),
      await refund(),
      await refund(),
      await refund(),
    ];
    const params = (id: string) => ({ params: { path: { id } } });
    const newer = await world.client.post("/v1/refunds/{id}/link", params(older.id));
    await sql`alter table refund_link disable trigger keeps_terms`.execute(db);
    await sql`update refund_link set expires_at = now() where refund_id = ${expired.id}`.execute(db);
    await sql`alter table refund_link enable trigger keeps_terms`.execute(db);
    await world.client.post("/v1/refunds/{id}/cancel", params(cancelled.id));
    await world.client.post("/v1/review/{thing}/{id}/{action}", {
      params: { path: { thing: "refund", id: told.id, action: "refund" } },
      body: { address: newAddress() },
    });
    for (const { path } of [older, expired, cancelled, told, { path: "/refund/guessed" }]) await gone(path);
    expect((await page(new URL(newer.url!).pathname)).status).toBe(200);
    expect((await read(told.id)).status).toBe("waiting");
    const link = (id: string) => answerTo(world.client.post("/v1/refunds/{id}/link", params(id)));
    expect((await link(told.id)).body.code).toBe("refund_has_address");
    expect((await link(cancelled.id)).body.code).toBe("refund_ended");
  });

  test("it is shown once: neither the database nor a replayed request has it", async () => {
    const { orderId } = await givePayment(world, USDT, { payees: [await world.payee()], amount: 5_000_000n });
    const ask = () =>
      world.api<{ id: string; link: { url: string | null } }>(
        "POST",
        `/v1/orders/${orderId}/refunds`,
        { reason: "once" },
        { "idempotency-key": `refund-${orderId}` },
      );
    const [first, again] = [await ask(), await ask()];
    expect([first.status, again.status, again.body.link.url, again.body.id]).toEqual([
      201,
      201,
      null,
      first.body.id,
    ]);
    const token = first.body.link.url!.split("/").at(-1)!;
    const { rows } = await sql<{ kept: string }>`
      select (select string_agg(l::text, '') from refund_link l) || (select string_agg(r::text, '') from idempotency_record r)
        as kept`.execute(world.engine.db);
    expect(token.length).toBeGreaterThanOrEqual(43);
    expect(rows[0]!.kept).not.toContain(token);
  });
});
