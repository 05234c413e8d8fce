import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHash } from "node:crypto";
import { sql } from "../../src/database/index.ts";
import { startWorld, type World } from "../support/index.ts";

const wallet = "0x1111111254EEB25477B68fb85Ed929f73A960582";
const USDT = "ethereum:USDT";

/** Somebody who is to be paid enters where, by a link, without an account and without a script. */
describe("a link for a payee", () => {
  let world: World;
  let links = 0;
  beforeAll(async () => {
    world = await startWorld({ worker: false, sandbox: { blocks: "automine" } });
  });
  afterAll(() => world.stop());

  const invite = async (more: { external_id?: string; name?: string } = {}) => {
    const body = { external_id: `author-${++links}`, name: "Dora", good_for_hours: 1, ...more };
    const made = await world.client.post("/v1/payee-invitations", { body });
    return { ...made, path: new URL(made.url!).pathname };
  };
  const open = (path: string, fields?: Record<string, string>) =>
    fetch(new URL(path, world.engine.url!), {
      redirect: "manual",
      ...(fields && { method: "POST", body: new URLSearchParams(fields) }),
    });
  const page = async (path: string, fields?: Record<string, string>) => {
    const answer = await open(path, fields);
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  };
  const payeeCalled = async (externalId: string) =>
    (await world.client.get("/v1/payees", { params: { query: { external_id: externalId } } })).data[0];

  test("asks, shows again what was entered, saves it once they say that it is theirs, and is good once", async () => {
    const { path, external_id: id } = await invite();
    const asked = await page(path);
    expect(asked.status).toBe(200);
    expect(asked.text).toContain("This is for <strong>Dora</strong>");
    expect(asked.text).toContain(`<option value="${USDT}">USDT on Ethereum</option>`);
    const entered = { asset: USDT, address: ` ${wallet.toLowerCase()} `, email: "Dora@Payees.example" };
    const shown = await page(path, entered);
    expect(shown.text).toContain(`<dd class="mono">${wallet}</dd>`);
    expect(await payeeCalled(id)).toBeUndefined();
    const saved = await page(path, { ...entered, confirmed: "yes" });
    expect([saved.status, saved.headers.get("location")]).toEqual([303, "?"]);
    const payee = await payeeCalled(id);
    expect(payee).toMatchObject({
      name: "Dora",
      destination: { asset: USDT, address: wallet },
      contact: { channel: "email", address: "Dora@payees.example" },
    });
    const after = await page(path);
    expect(after.text).toContain("It is saved");
    expect(after.text).not.toContain(wallet);
    await page(path, { ...entered, address: `0x${"12".repeat(20)}`, confirmed: "yes" });
    expect(await payeeCalled(id)).toEqual(payee);
    const { data } = await world.client.get("/v1/payee-invitations", {
      params: { query: { external_id: id } },
    });
    expect(data).toMatchObject([{ payee_id: payee!.id, used_at: expect.any(String) }]);
  });

  test("of ten who send it at once one is the payee", async () => {
    const { path, external_id: id } = await invite();
    const send = (digit: number) =>
      page(path, { asset: USDT, address: `0x${String(digit).repeat(40)}`, confirmed: "yes" });
    const answers = await Promise.all(Array.from({ length: 9 }, (_, index) => send(index + 1)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 303));
    expect(
      (await world.client.get("/v1/payees", { params: { query: { external_id: id } } })).data,
    ).toHaveLength(1);
  });

  test.each([
    ["an address of another network", { asset: "tron:USDT", address: wallet }],
    ["a letter too few", { asset: USDT, address: wallet.slice(0, -1) }],
    ["a checksum that does not hold", { asset: USDT, address: wallet.replace("Ed92", "ED92") }],
    ["no coin", { asset: "", address: wallet }],
    ["a coin that is not offered", { asset: "ethereum:SHIB", address: wallet }],
    ["no address", { asset: USDT, address: "" }],
    ["an e-mail address that is two", { asset: USDT, address: wallet, email: "a@b.example, c@d.example" }],
  ])("%s is refused in a sentence, what was entered stays, and nothing is saved", async (_, entered) => {
    const { path, external_id: id } = await invite();
    for (const confirmed of ["", "yes"]) {
      const refused = await page(path, { ...entered, confirmed });
      expect(refused.status).toBe(422);
      expect(refused.text).toMatch(/<p class="wrong" role="alert">[^<]{10,}<\/p>/);
      expect(refused.text).toContain(`value="${entered.address}"`);
    }
    expect(await payeeCalled(id)).toBeUndefined();
  });

  test("a seed phrase entered for an address is not sent back", async () => {
    const { path } = await invite();
    const seed = "legal winner thank year wave sausage worth useful legal winner thank yellow";
    const refused = await page(path, { asset: USDT, address: seed });
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining("private key")]);
    expect(refused.text).not.toContain("sausage");
  });

  test("our own wallet is nobody's destination", async () => {
    const { path } = await invite();
    const refused = await page(path, { asset: USDT, address: world.wallet });
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining("our own hot wallet")]);
  });

  test("a name or an address with HTML in it is text", async () => {
    const { path } = await invite({ name: `<img src=x onerror="alert(1)">` });
    const evil = `"><script>alert(1)</script>`;
    const refused = await page(path, { asset: evil, address: evil, email: evil });
    expect(refused.text).not.toMatch(/<script|<img/);
    expect(refused.text).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;");
  });

  test("nothing is loaded, framed, kept or told elsewhere; the page's only style is its own", async () => {
    const { headers, text } = await page((await invite()).path);
    const style = /<style>([\s\S]*)<\/style>/.exec(text)![1]!;
    expect(headers.get("content-security-policy")).toBe(
      `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; ` +
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(text).toContain(`name="viewport" content="width=device-width`);
    expect(text).not.toMatch(/ style=| on\w+=|<script/);
  });

  test("a link that expired, was taken back, was made anew, or is none says so, and saves nothing", async () => {
    const revoked = await invite();
    await world.client.post("/v1/payee-invitations/{id}/revoke", { params: { path: { id: revoked.id } } });
    const older = await invite();
    const newer = await invite({ external_id: older.external_id });
    const expired = await invite();
    const { db } = world.engine;
    await sql`alter table payee_invitation disable trigger keeps_terms`.execute(db);
    await sql`update payee_invitation set expires_at = now() where id = ${expired.id}`.execute(db);
    await sql`alter table payee_invitation enable trigger keeps_terms`.execute(db);
    const entered = { asset: USDT, address: wallet, confirmed: "yes" };
    for (const path of [revoked.path, older.path, expired.path, "/join/guessed"])
      for (const fields of [undefined, entered]) {
        const { status, text } = await page(path, fields);
        expect([path, status, text]).toEqual([path, 404, expect.stringContaining("not good any more")]);
      }
    expect((await page(newer.path)).status).toBe(200);
    expect(await payeeCalled(older.external_id)).toBeUndefined();
  });

  test("the link is shown once: neither the database nor a replayed request has it", async () => {
    const body = { external_id: `author-${++links}`, name: "Dora" };
    const key = { "idempotency-key": "one-link" };
    const first = await world.api<{ url: string }>("POST", "/v1/payee-invitations", body, key);
    const again = await world.api<{ url: null }>("POST", "/v1/payee-invitations", body, key);
    expect([first.status, again.status, again.body.url]).toEqual([201, 201, null]);
    const token = first.body.url.split("/").at(-1)!;
    const { rows } = await sql<{ kept: string }>`
      select (select string_agg(t::text, '') from payee_invitation t) || (select string_agg(r::text, '') from idempotency_record r)
        as kept`.execute(world.engine.db);
    expect(token.length).toBeGreaterThanOrEqual(43);
    expect(rows[0]!.kept).not.toContain(token);
  });

  test("who is a payee already cannot be invited, and what was used cannot be taken back", async () => {
    const { id, path, external_id } = await invite();
    await page(path, { asset: USDT, address: wallet, confirmed: "yes" });
    const again = await world.api("POST", "/v1/payee-invitations", { external_id, name: "Dora" });
    expect([again.status, again.body["code"]]).toEqual([409, "payee_exists"]);
    const late = await world.api("POST", `/v1/payee-invitations/${id}/revoke`);
    expect([late.status, late.body["code"]]).toEqual([409, "invitation_used"]);
  });
});
