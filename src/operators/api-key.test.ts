import { createHash } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { inTransaction, sql, type Db, type Tx } from "../database/index.ts";
import { newId } from "../ids.ts";
import {
  createApiKey,
  findApiKey,
  getApiKey,
  holdsScope,
  listApiKeys,
  noteUse,
  revokeApiKey,
} from "./index.ts";

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
  expect(await findApiKey(db, key, now)).toEqual({
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
    expect(await findApiKey(db, presented, now)).toBeNull();
  },
);

test("a key says whether it is for tests, and is known by nothing less than all of it", async () => {
  await inRollback(async (tx) => {
    const { apiKey, key } = await createApiKey(tx, { name: "trial", scopes: ["admin"], mode: "test", now });
    expect(key).toMatch(/^spw_test_[\w-]{43}$/);
    expect(await findApiKey(tx, key, now)).toMatchObject({ id: apiKey.id, mode: "test" });
    expect(await findApiKey(tx, key.replace("test", "live"), now)).toBeNull();
  });
});

test("a key for web pages says so, and its mode is known all the same", async () => {
  await inRollback(async (tx) => {
    for (const mode of ["live", "test"] as const) {
      const made = await createApiKey(tx, { name: "page", scopes: ["orders:public"], mode, now });
      expect(made.key).toMatch(new RegExp(`^spw_pub_${mode}_[\\w-]{43}$`));
      expect(await findApiKey(tx, made.key, now)).toMatchObject({ mode, scopes: ["orders:public"] });
      expect(await findApiKey(tx, made.key.replace("spw_pub_", "spw_"), now)).toBeNull();
    }
  });
});

test("a key of an earlier release, sk_, works as before", async () => {
  const key = `sk_${"k".repeat(43)}`;
  await inRollback(async (tx) => {
    const hash = createHash("sha256").update(key).digest();
    await sql`
      insert into api_key (id, name, hint, hash, scopes, created_at)
      values (${newId()}, 'earlier', ${key.slice(0, 7)}, ${hash}, '{orders:read}', ${now})`.execute(tx);
    expect(await findApiKey(tx, key, now)).toMatchObject({
      name: "earlier",
      mode: "live",
      scopes: ["orders:read"],
    });
  });
});

test("a revoked key is gone at once, and its first end stays", async () => {
  const { apiKey, key } = await createApiKey(db, { name: "old", scopes: ["admin"], now });
  expect(await revokeApiKey(db, apiKey.id, now)).toMatchObject({ revokedAt: now });
  expect(await findApiKey(db, key, now)).toBeNull();
  const again = await revokeApiKey(db, apiKey.id, new Date(now.getTime() + 1_000));
  expect(again.revokedAt).toEqual(now);
  await expect(revokeApiKey(db, newId(), now)).rejects.toMatchObject({ code: "api_key_not_found" });
});

test("a key that expired is refused from that moment on, and none is made that could never be used", async () => {
  await inRollback(async (tx) => {
    const expiresAt = new Date(now.getTime() + 60_000);
    const { key } = await createApiKey(tx, { name: "brief", scopes: ["admin"], expiresAt, now });
    expect(await findApiKey(tx, key, new Date(expiresAt.getTime() - 1))).toMatchObject({ expiresAt });
    expect(await findApiKey(tx, key, expiresAt)).toBeNull();
    const dead = createApiKey(tx, { name: "dead", scopes: ["admin"], expiresAt: now, now });
    await expect(dead).rejects.toMatchObject({ code: "invalid_expiry" });
  });
});

test("the last use is kept to the minute, and written no more often", async () => {
  const { apiKey } = await createApiKey(db, { name: "busy", scopes: ["admin"], now });
  const after = (seconds: number) => new Date(now.getTime() + seconds * 1_000);
  const used = async () => (await getApiKey(db, apiKey.id)).lastUsedAt;
  expect(await used()).toBeNull();
  await noteUse(db, apiKey, after(0));
  await noteUse(db, apiKey, after(59)); // another process, which read the key before
  expect(await used()).toEqual(after(0));
  await noteUse(db, await getApiKey(db, apiKey.id), after(60));
  expect(await used()).toEqual(after(60));
  await sql`delete from api_key where id = ${apiKey.id}`.execute(db);
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
