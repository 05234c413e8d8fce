import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { inTransaction, sql, type Db } from "../database/index.ts";
import type { SecondPerson, TwoPersonDecision } from "../desk-port/index.ts";
import { newId } from "../ids.ts";
import { approve, payoutPolicy, readWaiting, type PayoutPolicy } from "../policy/index.ts";
import { changeSettingAsAllowed, createApiKey, openSecondPerson, operatorSettings } from "./index.ts";
import { changeSetting } from "../settings/index.ts";
import { silentLogger } from "../telemetry/index.ts";

const now = new Date("2026-11-21T10:00:00.000Z");
const later = (hours: number): Date => new Date(now.getTime() + hours * 3_600_000);
let db: Db;
let two: SecondPerson;
const keys: Record<string, string> = {};

const keyOf = async (key: { name: string; owner?: string | undefined; createdBy?: string | undefined }) =>
  `api_key:${(await createApiKey(db, { ...key, scopes: ["admin"], now })).apiKey.id}`;

beforeAll(async () => {
  ({ db } = await freshDatabase());
  two = openSecondPerson({ db, log: silentLogger });
  const owners = { ada: "Ada", "ada's other": "ada ", bob: "Bob", unnamed: undefined };
  for (const [name, owner] of Object.entries(owners)) keys[name] = await keyOf({ name, owner });
  keys["made by ada"] = await keyOf({ name: "made by ada", createdBy: keys["ada"] });
  keys["made by that"] = await keyOf({ name: "made by that", createdBy: keys["made by ada"] });
  keys["made at the command line"] = await keyOf({ name: "made at the command line", createdBy: "cli:root" });
});

const asked = (by: string, more: Partial<TwoPersonDecision> = {}): TwoPersonDecision => ({
  decision: "test.decide",
  subject: "one",
  input: { finding: "cannot_tell", amount: "7" },
  by: keys[by] ?? by,
  now,
  ...more,
});

/** "done" by whom, or the code of the refusal. */
const ask = (one: TwoPersonDecision): Promise<string> =>
  two
    .asTwo(one, (_tx, { first, second }) => Promise.resolve(`${first} + ${second}`))
    .then(
      (both) => `done: ${both}`,
      (error: { code?: string }) => error.code ?? String(error),
    );

const refused = "second_person_needed";

describe("who is a second person", () => {
  test.each([
    ["ada", "ada", false],
    ["ada", "ada's other", false],
    ["ada", "bob", true],
    ["ada", "unnamed", true],
    ["ada", "made by ada", false],
    ["ada", "made by that", false],
    ["made by that", "ada", false],
    ["made by ada", "made by that", false],
    ["made by that", "bob", true],
    ["ada", "made at the command line", true],
    ["cli:root", "cli:root", false],
    ["cli:root", "cli:node", false],
    ["cli:root", "bob", true],
    ["bob", "cli:root", true],
  ])("%s, then %s: %s", async (first, second, passes) => {
    const subject = newId();
    expect(await ask(asked(first, { subject }))).toBe(refused);
    expect(await ask(asked(second, { subject }))).toBe(
      passes ? `done: ${keys[first] ?? first} + ${keys[second] ?? second}` : refused,
    );
  });
});

test("another input, subject or decision is another request, and the first one still waits", async () => {
  const subject = newId();
  const others: Partial<TwoPersonDecision>[] = [
    { subject, input: { finding: "absent", amount: "7" } },
    { subject, input: { finding: "cannot_tell" } },
    { subject: newId() },
    { subject, decision: "test.other" },
  ];
  expect(await ask(asked("ada", { subject }))).toBe(refused);
  for (const other of others) expect(await ask(asked("bob", other))).toBe(refused);
  const respelled = { amount: "7", finding: "cannot_tell" };
  expect(await ask(asked("bob", { subject, input: respelled }))).toMatch(/^done/);
});

test("the refusal says who must send it again and until when, and a word given is used up", async () => {
  const subject = newId();
  await expect(two.asTwo(asked("ada", { subject }), () => Promise.resolve())).rejects.toThrow(
    `ada (${keys["ada"]}) is the first. The command line, or an API key of another owner, must send the very same request, or approve it (spillway approvals list), until ${later(24).toISOString()}`,
  );
  expect(await ask(asked("bob", { subject, now: later(23) }))).toMatch(/^done/);
  expect(await ask(asked("bob", { subject, now: later(23) }))).toBe(refused);
});

test("after its time, which is a setting, the second is the first of a new one, and the old one is kept", async () => {
  const subject = newId();
  const [setting] = operatorSettings;
  await inTransaction(db, (tx) =>
    changeSetting(tx, { setting: setting!, value: { hours: 2 }, changedBy: "test", now }),
  );
  expect(await ask(asked("ada", { subject }))).toBe(refused);
  expect(await ask(asked("bob", { subject, now: later(2) }))).toBe(refused);
  expect(await ask(asked("ada", { subject, now: later(3) }))).toMatch(/^done/);
  const { rows } = await sql`
    select requested_by as first, p.by as second, status from authorisation a
    left join approval p on p.authorisation_id = a.id where terms ->> 'of' = ${subject} order by a.created_at`.execute(
    db,
  );
  expect(rows).toEqual([
    { first: keys["ada"], second: null, status: "void" },
    { first: keys["bob"], second: keys["ada"], status: "applied" },
  ]);
});

test("an act that fails leaves the first person's word, and the second may repeat theirs", async () => {
  const subject = newId();
  expect(await ask(asked("ada", { subject }))).toBe(refused);
  const dies = two.asTwo(asked("bob", { subject }), () => Promise.reject(new Error("died")));
  await expect(dies).rejects.toThrow("died");
  expect(await ask(asked("bob", { subject }))).toMatch(/^done/);
});

test("of many at once, exactly one pair decides", async () => {
  const subject = newId();
  const answers = await Promise.all(
    ["ada", "bob", "ada", "ada's other", "ada"].map((by) => ask(asked(by, { subject }))),
  );
  expect(answers.filter((one) => one.startsWith("done"))).toHaveLength(1);
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from authorisation where terms ->> 'of' = ${subject} and status = 'applied'`.execute(
    db,
  );
  expect(rows[0]?.count).toBe(1);
});

describe("how many people it takes is the policy's to say", () => {
  const shipped = payoutPolicy.defaults as PayoutPolicy;
  const policy = (losses: 0 | 1 | 2) =>
    changeSetting(db, {
      setting: payoutPolicy,
      value: { ...shipped, changes: { ...shipped.changes, losses } },
      changedBy: "test",
      now,
    });
  afterAll(() => policy(1));

  test("nobody: whoever is alone decides, by that version, and it is kept", async () => {
    const { version } = await policy(0);
    const subject = newId();
    expect(await ask(asked("ada", { subject }))).toBe(`done: ${keys["ada"]} + policy:${version}`);
    const { rows } = await sql`
      select status, approvers, policy_version from authorisation where terms ->> 'of' = ${subject}`.execute(
      db,
    );
    expect(rows).toEqual([{ status: "applied", approvers: 0, policy_version: version }]);
  });

  test("two: three persons, and a policy that became stricter meanwhile asks anew", async () => {
    const [early, late] = [newId(), newId()];
    await policy(1);
    expect(await ask(asked("ada", { subject: early }))).toBe(refused);
    await policy(2);
    for (const subject of [early, late]) {
      for (const by of ["ada", "bob", "bob", "made by that"])
        expect(await ask(asked(by, { subject }))).toBe(refused);
      expect(await ask(asked("cli:root", { subject }))).toMatch(/^done/);
    }
  });

  test("one that cannot be read: two persons, so that somebody alone with a key and the command line can mend it", async () => {
    const broken = sql`insert into setting (key, version, value, changed_by, changed_at)
      select 'payout_policy', max(version) + 1, '{"without_approval": 1}', 'test', now() from setting where key = 'payout_policy'`;
    await broken.execute(db);
    const value = { ...shipped, approval_hours: 24 };
    const set = (by: string) =>
      changeSettingAsAllowed(
        { db, secondPerson: two },
        { setting: payoutPolicy, value, changedBy: keys[by] ?? by, now },
      );
    await expect(set("ada")).rejects.toMatchObject({ code: refused });
    await expect(set("made by ada")).rejects.toMatchObject({ code: refused });
    expect(await set("cli:root")).toMatchObject({ value });
  });

  test("what was approved in the queue is done when it is sent again, by whoever asked, once", async () => {
    await policy(1);
    const subject = newId();
    expect(await ask(asked("ada", { subject, because: "Cannot tell" }))).toBe(refused);
    const { rows } = await readWaiting(db, 100);
    const row = rows.find(({ terms }) => terms["of"] === subject)!;
    expect(row).toMatchObject({
      subject: "change",
      terms: { change: "test.decide", of: subject, finding: "cannot_tell", amount: "7" },
      because: ["Cannot tell"],
    });
    const deps = { db, log: silentLogger, clock: { now: () => now }, secondPerson: two };
    const decisions = [{ id: row.id, termsHash: row.terms_hash }];
    for (const by of ["ada", "made by that"])
      await expect(approve(deps, { decisions, by: keys[by]! })).rejects.toMatchObject({
        code: "approval_by_requester",
      });
    expect(await approve(deps, { decisions, by: keys["bob"]! })).toMatchObject([{ status: "granted" }]);
    expect(await ask(asked("ada", { subject }))).toBe(`done: ${keys["ada"]} + ${keys["bob"]}`);
    expect(await ask(asked("ada", { subject }))).toBe(refused);
  });

  test("a key that ended says nothing any more", async () => {
    const gone = await keyOf({ name: "gone" });
    await sql`update api_key set revoked_at = now() where 'api_key:' || id = ${gone}`.execute(db);
    expect(await ask(asked(gone))).toBe("unauthenticated");
  });
});
