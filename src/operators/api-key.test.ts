import { createHash } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { inTransaction, sql, type Db, type Tx } from "../database/index.ts";
import { newId } from "../ids.ts";
import { createApiKey, findApiKey, holdsScope, listApiKeys, revokeApiKey } from "./index.ts";

const now = new Date("2026-11-21T10:00:00.000Z");
let db: Db;

beforeAll(async () => {
  ({ db } = await freshDatabase());
});

/** So that the list below stays as it is. */
async function inRollback(run: (tx: Tx) => Promise<void>): Promise<void> {
  const undone = new Error("undone");
  const outcome = inTransaction(db, async (tx) => {
    await run(tx);
    throw undone;
  });
  await expect(outcome).rejects.toBe(undone);
}

test("a key is found by itself, and nothing that is stored would open the door", async () => {
  const { apiKey, key } = await createApiKey(db, {
    name: "shop",
    scopes: ["orders:write", "orders:write"],
    now,
  });
  expect(key).toMatch(/^spw_live_[\w-]{43}$/);
  expect(apiKey).toMatchObject({ mode: "live", hint: key.slice(0, 13) });
  expect(await findApiKey(db, key)).toEqual({
    ...apiKey,
    scopes: ["orders:write"],
    createdAt: now,
    revokedAt: null,
  });
  const { rows } = await sql<{
    row: string;
  }>`select api_key::text as row from api_key where id = ${apiKey.id}`.execute(db);
  expect(rows[0]?.row).not.toContain(key.slice(8));
});

test.each(["", "sk_", "sk_wrong", "spw_live_", "spw_test_wrong", "' or 1=1 --", "x".repeat(10_000)])(
  "no key is found by %j",
  async (presented) => {
    expect(await findApiKey(db, presented)).toBeNull();
  },
);

test("a key says whether it is for tests, and is known by nothing less than all of it", async () => {
  await inRollback(async (tx) => {
    const { apiKey, key } = await createApiKey(tx, { name: "trial", scopes: ["admin"], mode: "test", now });
    expect(key).toMatch(/^spw_test_[\w-]{43}$/);
    expect(await findApiKey(tx, key)).toMatchObject({ id: apiKey.id, mode: "test" });
    expect(await findApiKey(tx, key.replace("test", "live"))).toBeNull();
  });
});

test("a key of an earlier release, sk_, works as before", async () => {
  const key = `sk_${"k".repeat(43)}`;
  await inRollback(async (tx) => {
    const hash = createHash("sha256").update(key).digest();
    await sql`
      insert into api_key (id, name, owner, hint, hash, scopes, created_at)
      values (${newId()}, 'earlier', 'earlier', ${key.slice(0, 7)}, ${hash}, '{orders:read}', ${now})`.execute(
      tx,
    );
    expect(await findApiKey(tx, key)).toMatchObject({
      name: "earlier",
      mode: "live",
      scopes: ["orders:read"],
    });
  });
});

test("a revoked key is gone at once, and its first end stays", async () => {
  const { apiKey, key } = await createApiKey(db, { name: "old", scopes: ["admin"], now });
  expect(await revokeApiKey(db, apiKey.id, now)).toMatchObject({ revokedAt: now });
  expect(await findApiKey(db, key)).toBeNull();
  const again = await revokeApiKey(db, apiKey.id, new Date(now.getTime() + 1_000));
  expect(again.revokedAt).toEqual(now);
  await expect(revokeApiKey(db, newId(), now)).rejects.toMatchObject({ code: "api_key_not_found" });
});

test("the list shows revoked keys too, newest first, page by page", async () => {
  const all = await listApiKeys(db, { before: null, limit: 100 });
  expect(all.map(({ name }) => name)).toEqual(["old", "shop"]);
  const [first] = await listApiKeys(db, { before: null, limit: 1 });
  expect(await listApiKeys(db, { before: first!.id, limit: 1 })).toEqual([all[1]]);
});

test("admin holds every scope, another scope only itself", () => {
  expect(holdsScope(["admin"], "payouts:write")).toBe(true);
  expect(holdsScope(["payouts:read"], "payouts:read")).toBe(true);
  expect(holdsScope(["payouts:read"], "payouts:write")).toBe(false);
  expect(holdsScope([], "orders:read")).toBe(false);
});
