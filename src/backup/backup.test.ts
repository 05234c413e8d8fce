import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { renderSchema } from "../../scripts/dump-schema.ts";
import { contentsOf, fillTables, freshDatabase } from "../../tests/support/index.ts";
import { systemClock } from "../clock.ts";
import { assertSchemaCurrent, inTransaction, migrationsDirectory, sql, type Db } from "../database/index.ts";
import { newId } from "../ids.ts";
import { enqueue, type JobKind } from "../jobs/index.ts";
import { accounts, balanceOf, postEntry, sealLedger, verifyLedger } from "../ledger/index.ts";
import { silentLogger } from "../telemetry/index.ts";
import { findWallet, registerWallet, resumeWallet } from "../transfers/index.ts";
import {
  assertKeysFit,
  findKeysNotBackedUp,
  findLastBackup,
  readManifest,
  restoreBackup,
  restoreKeys,
  takeBackup,
  type KeyFilePaths,
} from "./index.ts";

const asset = "ethereum:USDT";
const fund = (db: Db, amount: bigint): Promise<unknown> =>
  inTransaction(db, (tx) =>
    postEntry(tx, {
      id: newId(),
      reason: "wallet_opened",
      happenedAt: systemClock.now(),
      postings: [
        {
          debit: accounts.wallet("ethereum", "0x01"),
          credit: accounts.platform("funding"),
          money: { asset, amount },
        },
      ],
    }),
  );

async function newFile(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "spillway-backup-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return join(directory, "test.backup");
}

const take = async (
  url: string,
  more: { file?: string; onProgress?: (rows: number) => void; keyFiles?: KeyFilePaths } = {},
) => takeBackup({ url, file: await newFile(), clock: systemClock, version: "0.0.1", ...more });

const restoreInto = async (url: string, file: string, migrations?: string) =>
  restoreBackup(await readManifest(file), {
    url,
    clock: systemClock,
    log: silentLogger,
    ...(migrations !== undefined && { migrations }),
  });

const isEmpty = async (db: Db): Promise<boolean> =>
  (await sql`select from pg_class where relnamespace = 'public'::regnamespace`.execute(db)).rows.length === 0;

/** The same file with other lines: its checksum is then not theirs. */
async function rewrite(file: string, change: (text: string) => string): Promise<void> {
  await writeFile(file, gzipSync(change(gunzipSync(await readFile(file)).toString("utf8"))));
}

test("what is restored is what was there: every table, every row, every sequence, references and triggers", async () => {
  const from = await freshDatabase();
  await fillTables(from.db);
  const odd = 'back\\slash, "quote", {brace}, tab\t, line\nend, \u2028, ünïcode, \\N, null';
  await sql`update payee set name = ${odd}`.execute(from.db);
  await sql`update idempotency_record set response = ${JSON.stringify({ odd, none: null })}`.execute(from.db);
  await sql`update swap set quotes = 'null'`.execute(from.db); // as JSON knows it, which is not SQL's
  const job: JobKind<{ id: string }> = { name: "test.kept", payload: undefined as never };
  await enqueue(from.db, job, { id: odd });
  const { file, end } = await take(from.url);
  expect((await stat(file)).mode & 0o777).toBe(0o600);

  const to = await freshDatabase({ empty: true });
  await expect(restoreInto(to.url, file)).resolves.toEqual([]);
  const { backup, wallet, ...contents } = Object.fromEntries(await contentsOf(to.db));
  const before = Object.fromEntries(await contentsOf(from.db));
  expect(contents).toEqual(
    Object.fromEntries(Object.entries(before).filter(([name]) => name !== "backup" && name !== "wallet")),
  );
  expect([backup, wallet]).toEqual([
    expect.arrayContaining([expect.objectContaining({ restored_at: expect.any(String), file })]),
    before["wallet"]!.map((row) => ({ ...row, paused_reason: row["paused_reason"] ?? "restored" })),
  ]);
  expect(await renderSchema(to.db)).toBe(await renderSchema(from.db));
  const { rows: jobs } = await sql<{ payload: unknown }>`
    select payload from graphile_worker._private_jobs`.execute(to.db);
  expect(jobs).toEqual([{ payload: { payload: { id: odd }, failures: 0 } }]);
  expect(end.rows["public.payee"]).toBe(1);

  // It goes on from there: what is only added to is only added to, references hold, and numbers go up.
  await expect(sql`delete from ledger_block`.execute(to.db)).rejects.toThrow();
  await expect(sql`update earning set payment_id = ${newId()}`.execute(to.db)).rejects.toThrow();
  await enqueue(to.db, job, { id: "next" });
  await fund(to.db, 5n);
  const { rows } = await sql<{ sound: boolean }>`
    select count(*) = count(distinct id) and bool_and(convalidated) as sound from (
      select oid as id, convalidated from pg_constraint where contype in ('f', 'c')) as c`.execute(to.db);
  expect(rows).toEqual([{ sound: true }]);
});

test("while bookings go on, the backup is of one moment: the ledger in it is whole, and its seals hold", async () => {
  const from = await freshDatabase();
  for (let round = 0; round < 40; round++) await fund(from.db, 1n);
  await sealLedger(from.db, systemClock);
  const done = new AbortController();
  const booking = (async () => {
    while (!done.signal.aborted) await fund(from.db, 1n);
  })();
  const { file, end } = await take(from.url);
  done.abort();
  await booking;
  await fund(from.db, 1_000n);

  const to = await freshDatabase({ empty: true });
  await restoreInto(to.url, file);
  const verified = await verifyLedger(to.db);
  expect(verified.problems).toEqual([]);
  expect(verified.lastBlock).toEqual(end.last_block);
  expect(await balanceOf(to.db, accounts.platform("funding"), asset)).toBe(
    BigInt(end.rows["public.journal_entry"]!),
  );
  await sealLedger(to.db, systemClock);
  expect(await verifyLedger(to.db)).toMatchObject({ problems: [], unsealed: 0 });
});

test("a file that was cut off or changed is refused, and nothing is made of it", async () => {
  const from = await freshDatabase();
  await fund(from.db, 7n);
  const { file } = await take(from.url);
  const whole = await readFile(file);
  const to = await freshDatabase({ empty: true });
  const codeOf = async (content: Buffer): Promise<string> => {
    await writeFile(file, content);
    return restoreInto(to.url, file).then(
      () => "restored",
      (error: { code: string }) => error.code,
    );
  };
  for (const length of [0, 10, 500, Math.floor(whole.length / 2), whole.length - 9, whole.length - 1])
    expect([length, await codeOf(whole.subarray(0, length))]).toEqual([length, "backup_truncated"]);
  for (const at of [200, Math.floor(whole.length / 2), whole.length - 6]) {
    const other = Buffer.from(whole);
    other[at] = other[at]! ^ 0x10;
    expect([at, await codeOf(other)]).toEqual([at, expect.stringMatching(/^backup_(altered|truncated)$/)]);
  }
  expect(await codeOf(Buffer.from("not a backup at all"))).toBe("backup_unreadable");
  expect(await codeOf(gzipSync("another file\n"))).toBe("backup_unreadable");
  // Packed again by somebody who changed an amount, or left the end away.
  await writeFile(file, whole);
  await rewrite(file, (text) => text.replace(/"7"/, '"8"'));
  await expect(restoreInto(to.url, file)).rejects.toMatchObject({ code: "backup_altered" });
  await writeFile(file, whole);
  await rewrite(file, (text) => `${text.trimEnd().split("\n").slice(0, -1).join("\n")}\n`);
  await expect(restoreInto(to.url, file)).rejects.toMatchObject({ code: "backup_truncated" });
  await expect(restoreInto(to.url, join(dirname(file), "none"))).rejects.toMatchObject({
    code: "backup_unreadable",
    message: expect.stringContaining("ENOENT"),
  });
  expect(await isEmpty(to.db)).toBe(true);
  expect(await codeOf(whole)).toBe("restored");
});

test("a backup goes into an empty database alone, and a file is never written over", async () => {
  const from = await freshDatabase();
  const { file } = await take(from.url);
  const full = await freshDatabase();
  await fund(full.db, 9n);
  await expect(restoreInto(full.url, file)).rejects.toMatchObject({ code: "database_not_empty" });
  expect(await balanceOf(full.db, accounts.platform("funding"), asset)).toBe(9n);
  const before = await readFile(file);
  await expect(take(from.url, { file })).rejects.toMatchObject({ code: "backup_exists" });
  expect(await readFile(file)).toEqual(before);
  await expect(take(from.url, { file: "/nowhere/at/all" })).rejects.toMatchObject({
    code: "backup_not_written",
    message: expect.stringContaining("ENOENT"),
  });
});

test("a backup that is broken off leaves neither a file nor a word that there was one", async () => {
  const from = await freshDatabase();
  const file = await newFile();
  const breakOff = (): void => {
    throw new Error("broken off");
  };
  await expect(take(from.url, { file, onProgress: breakOff })).rejects.toThrow("broken off");
  expect(existsSync(file)).toBe(false);
  expect(await findLastBackup(from.db)).toBeNull();
  await take(from.url, { file });
  expect(await findLastBackup(from.db)).toMatchObject({ file, restored_at: null });
});

test("of two that restore into one database at once, one does and the other is refused", async () => {
  const from = await freshDatabase();
  await fund(from.db, 3n);
  const { file } = await take(from.url);
  const to = await freshDatabase({ empty: true });
  const outcomes = await Promise.allSettled([restoreInto(to.url, file), restoreInto(to.url, file)]);
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  expect(outcomes.find(({ status }) => status === "rejected")).toMatchObject({
    reason: { code: "database_not_empty" },
  });
  expect(await balanceOf(to.db, accounts.platform("funding"), asset)).toBe(3n);
});

test("rows that break a reference are refused in the database's words, all of it is undone, and another restore works", async () => {
  const from = await freshDatabase();
  const { file: sound } = await take(from.url);
  await fillTables(from.db);
  await from.db.connection().execute(async (connection) => {
    await sql`set session_replication_role = replica`.execute(connection);
    await sql`delete from pay_order`.execute(connection);
  });
  const { file } = await take(from.url);
  const to = await freshDatabase({ empty: true });
  await expect(restoreInto(to.url, file)).rejects.toMatchObject({
    code: "restore_failed",
    message: expect.stringMatching(/nothing of it is left .*foreign key constraint.* \(23503\)/),
  });
  expect(await isEmpty(to.db)).toBe(true);
  await restoreInto(to.url, sound);
  await assertSchemaCurrent(to.db);
});

test("an older schema is restored and brought up to date, a newer one is refused, and so is one that does not fit", async () => {
  const from = await freshDatabase();
  await fund(from.db, 4n);
  const { file } = await take(from.url);
  const newer = await mkdtemp(join(tmpdir(), "spillway-newer-"));
  onTestFinished(() => rm(newer, { recursive: true, force: true }));
  await cp(migrationsDirectory, newer, { recursive: true });
  await writeFile(
    join(newer, "9999_later.sql"),
    "alter table payee add column later text not null default 'made later';",
  );
  const upgraded = await freshDatabase({ empty: true });
  await restoreInto(upgraded.url, file, newer);
  await assertSchemaCurrent(upgraded.db, newer);
  expect(await balanceOf(upgraded.db, accounts.platform("funding"), asset)).toBe(4n);

  const { file: fromNewer } = await take(upgraded.url);
  const to = await freshDatabase({ empty: true });
  await expect(restoreInto(to.url, fromNewer)).rejects.toMatchObject({
    code: "schema_newer_than_code",
    message: expect.stringContaining("The backup has migration 9999"),
  });
  await sql`alter table payee add column by_hand text`.execute(from.db);
  await expect(restoreInto(to.url, (await take(from.url)).file)).rejects.toMatchObject({
    code: "backup_of_other_schema",
    message: expect.stringContaining("public.payee"),
  });
  expect(await isEmpty(to.db)).toBe(true);
});

test("a table of somebody else's is left out, and said", async () => {
  const from = await freshDatabase();
  await sql`create table shop_cart (id bigint generated always as identity, what text)`.execute(from.db);
  await sql`insert into shop_cart (what) values ('a book')`.execute(from.db);
  const to = await freshDatabase({ empty: true });
  expect(await restoreInto(to.url, (await take(from.url)).file)).toEqual(["public.shop_cart"]);
});

test("a restored hot wallet signs nothing until a person resumes it, and then still knows how far the backup had sent", async () => {
  const from = await freshDatabase();
  const now = systemClock.now();
  const { id } = await registerWallet(from.db, { chain: "ethereum", address: "0xa1", now });
  await sql`update wallet set next_slot_number = 5 where id = ${id}`.execute(from.db);
  const to = await freshDatabase({ empty: true });
  await restoreInto(to.url, (await take(from.url)).file);
  expect(await findWallet(to.db, "ethereum")).toMatchObject({ id, paused_reason: "restored" });
  await resumeWallet(to.db, id);
  expect(await findWallet(to.db, "ethereum")).toMatchObject({ paused_reason: null, next_slot_number: 5n });
});

test("key files go along when asked, come back where none are, and never take another's place", async () => {
  const from = await freshDatabase();
  const place = dirname(await newFile());
  const paths: KeyFilePaths = new Map([
    ["hot-wallet", join(place, "keys", "ethereum.json")],
    ["deposit-seed", join(place, "keys", "deposits.json")],
  ]);
  const hot = paths.get("hot-wallet")!;
  await mkdir(dirname(hot));
  const encrypted = randomBytes(300);
  await writeFile(hot, encrypted);

  const without = await take(from.url);
  expect(without.key_files).toEqual([]);
  const { file, key_files: taken } = await take(from.url, { keyFiles: paths });
  expect(taken.map(({ name }) => name)).toEqual(["hot-wallet"]);
  const hashes = taken.map(({ sha256 }) => sha256);
  expect(await findKeysNotBackedUp(from.db, hashes)).toEqual([]);
  expect(await findKeysNotBackedUp(from.db, ["00".repeat(32)])).toEqual(["00".repeat(32)]);
  expect((await findLastBackup(from.db))?.key_files).toEqual(hashes);

  const manifest = await readManifest(file);
  const makeDirectory = async (path: string): Promise<void> =>
    void (await mkdir(dirname(path), { recursive: true }));
  expect(await restoreKeys(manifest, paths, makeDirectory)).toEqual([]);
  await rm(dirname(hot), { recursive: true });
  expect(await restoreKeys(manifest, paths, makeDirectory)).toEqual([hot]);
  expect(await readFile(hot)).toEqual(encrypted);
  expect((await stat(hot)).mode & 0o777).toBe(0o600);
  await writeFile(hot, "another key");
  await expect(assertKeysFit(manifest, paths)).rejects.toMatchObject({ code: "key_file_differs" });
  expect(await readFile(hot, "utf8")).toBe("another key");
});
