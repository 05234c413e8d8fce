import { beforeAll, describe, expect, test } from "vitest";
import { dieAtEachStatement, freshDatabase } from "../../tests/support/index.ts";
import { manualClock } from "../clock.ts";
import { sql, type Db } from "../database/index.ts";
import type { SecondPerson } from "../desk-port/index.ts";
import { newId } from "../ids.ts";
import { parseMoney, registry } from "../money/index.ts";
import { createApiKey, openSecondPerson } from "../operators/index.ts";
import { silentLogger } from "../telemetry/index.ts";
import {
  changePayee,
  confirmDestination,
  createPayee,
  findPayee,
  proposeDestination,
  withdrawDestination,
  type DestinationDeps,
  type Payee,
} from "./index.ts";

const usdt = registry.get("ethereum:USDT");
const first = { asset: usdt.id, address: "0x1111111254EEB25477B68fb85Ed929f73A960582", memo: null };
const elsewhere = { asset: "tron:USDT", address: "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8", memo: null };
const third = { asset: usdt.id, address: "0x52908400098527886E0F7030069857D2E4169EE7", memo: null };
const chat = { channel: "telegram", address: "4242" } as const;
const hourMs = 3_600_000;

const clock = manualClock(new Date("2026-11-21T10:00:00.000Z"));
let db: Db;
let secondPerson: SecondPerson;
let people = 0;
let ada: string;
let bob: string;
let channels: ReadonlySet<string> = new Set(["email", "telegram"]);

beforeAll(async () => {
  ({ db } = await freshDatabase());
  secondPerson = openSecondPerson({ db, log: silentLogger });
  const keyOf = async (name: string) =>
    `api_key:${(await createApiKey(db, { name, scopes: ["payees:write"], now: clock.now() })).apiKey.id}`;
  [ada, bob] = [await keyOf("Ada"), await keyOf("Bob")];
});

const deps = (given: Partial<DestinationDeps> = {}): DestinationDeps => ({
  db,
  clock,
  registry,
  secondPerson,
  reaches: (channel) => channels.has(channel),
  readCooldownMs: () => Promise.resolve(24 * hourMs),
  ...given,
});

async function payeeWith(contact: Payee["contact"] | "mail" = "mail") {
  const told =
    contact === "mail" ? ({ channel: "email", address: `p${++people}@payees.example` } as const) : contact;
  const { payee } = await createPayee(
    { db, registry, clock, settlementAsset: usdt.id },
    {
      externalId: newId(),
      name: "Dora",
      payoutMode: "threshold",
      destination: first,
      payoutThreshold: parseMoney("50", usdt),
      contact: told,
    },
  );
  return { id: payee.id, address: told?.address ?? "" };
}
const propose = (payeeId: string, destination: Payee["destination"] = elsewhere, by = ada, asPayee = false) =>
  proposeDestination(deps(), { payeeId, destination, by, asPayee });
const confirm = (payeeId: string, id: string, code: string, by = ada) =>
  confirmDestination(deps(), { payeeId, id, code, by });
const codeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => "done",
    (error: { code?: string }) => error.code ?? String(error),
  );
const bodiesTo = async (address: string) =>
  (
    await sql<{ kind: string; body: string }>`
      select kind, body from notice where address = ${address} order by created_at, id`.execute(db)
  ).rows;
async function lastCodeTo(address: string): Promise<string> {
  const codes = (await bodiesTo(address)).filter(({ kind }) => kind === "destination_code");
  return /Code: (\S+)/.exec(codes.at(-1)!.body)![1]!;
}
const paidTo = async (id: string) => (await findPayee(db, id))!.destination;
const changesOf = async (id: string) =>
  (
    await sql<object>`
      select before, after, changed_by from payee_change where payee_id = ${id} and field = 'destination'
      order by changed_at, id`.execute(db)
  ).rows;

test("a payee is moved by the code that their contact got, and by nothing before it; it is told where they were told", async () => {
  const { id, address } = await payeeWith();
  const change = await propose(id);
  expect(await paidTo(id)).toEqual(first);
  const code = await lastCodeTo(address);
  const { body } = (await bodiesTo(address))[0]!;
  expect(body).toContain(`USDT, to ${elsewhere.address} on tron`);
  const { rows } = await sql<{ row: string }>`
    select (to_jsonb(c) || to_jsonb(p))::text as row from destination_change c join payee p on p.id = c.payee_id
    where c.id = ${change.id}`.execute(db);
  expect(rows[0]!.row).not.toContain(code);

  await confirm(id, change.id, code.toLowerCase().replaceAll("-", " "), bob);
  expect(await findPayee(db, id)).toMatchObject({
    destination: elsewhere,
    destinationChangedAt: clock.now(),
  });
  expect(await changesOf(id)).toEqual([
    { before: first, after: elsewhere, changed_by: `${ada}, confirmed by ${bob}` },
  ]);
  const changed = (await bodiesTo(address))[1]!;
  expect(changed.kind).toBe("destination_changed");
  expect(changed.body).toContain(`Before: USDT, to ${first.address} on ethereum`);
  expect(changed.body).toContain("Nothing is sent to the new one before 2026-11-22 10:00 UTC.");

  expect(await codeOf(confirm(id, change.id, code))).toBe("destination_change_ended");
  expect(await changesOf(id)).toHaveLength(1);
});

test("fifty wrong codes at once are five tries, and the right one comes too late", async () => {
  const { id, address } = await payeeWith();
  const change = await propose(id);
  const wrong = await Promise.all(
    Array.from({ length: 50 }, () => codeOf(confirm(id, change.id, "0000-0000-0000"))),
  );
  expect(wrong.filter((code) => code === "wrong_code")).toHaveLength(5);
  expect(wrong.filter((code) => code === "destination_change_ended")).toHaveLength(45);
  expect(await codeOf(confirm(id, change.id, await lastCodeTo(address)))).toBe("destination_change_ended");
  expect(await paidTo(id)).toEqual(first);
});

test("the right code sent ten times at once moves the payee once", async () => {
  const { id, address } = await payeeWith();
  const change = await propose(id);
  const code = await lastCodeTo(address);
  const answers = await Promise.all(Array.from({ length: 10 }, () => codeOf(confirm(id, change.id, code))));
  expect(answers.filter((answer) => answer === "done")).toHaveLength(1);
  expect(await changesOf(id)).toHaveLength(1);
});

test("of two changes at once one is open, and only its own code confirms it", async () => {
  const { id, address } = await payeeWith();
  const changes = await Promise.all([propose(id, elsewhere), propose(id, third, bob)]);
  const { rows } = await sql<{ id: string; outcome: string | null }>`
    select id, outcome from destination_change where payee_id = ${id}`.execute(db);
  expect(rows.map(({ outcome }) => outcome).toSorted()).toEqual([null, "replaced"].toSorted());
  const open = changes.find((one) => rows.find((row) => row.id === one.id)!.outcome === null)!;
  const replaced = changes.find((one) => one !== open)!;
  const codes = (await bodiesTo(address)).map(({ body }) => ({
    body,
    code: /Code: (\S+)/.exec(body)![1]!,
  }));
  const codeFor = (to: Payee["destination"]) => codes.find(({ body }) => body.includes(to.address))!.code;
  expect(await codeOf(confirm(id, replaced.id, codeFor(replaced.destination)))).toBe(
    "destination_change_ended",
  );
  expect(await codeOf(confirm(id, open.id, codeFor(replaced.destination)))).toBe("wrong_code");
  expect(await codeOf(confirm(id, open.id, codeFor(open.destination)))).toBe("done");
  expect(await paidTo(id)).toEqual(open.destination);
});

test("a code is for the very destination that was told: in a row that was tampered with it is none", async () => {
  const { id, address } = await payeeWith();
  const change = await propose(id);
  await sql`alter table destination_change disable trigger keeps_terms`.execute(db);
  await sql`update destination_change set destination = ${JSON.stringify(third)}::jsonb where id = ${change.id}`.execute(
    db,
  );
  await sql`alter table destination_change enable trigger keeps_terms`.execute(db);
  expect(await codeOf(confirm(id, change.id, await lastCodeTo(address)))).toBe("wrong_code");
  expect(await paidTo(id)).toEqual(first);
});

test("a change is over after a day, when it is withdrawn, and for whoever it is not about", async () => {
  const { id, address } = await payeeWith();
  const other = await payeeWith();
  const change = await propose(id);
  const code = await lastCodeTo(address);
  expect(await codeOf(confirm(other.id, change.id, code))).toBe("not_found");
  await withdrawDestination(deps(), { payeeId: id, id: change.id, by: ada });
  expect(await codeOf(confirm(id, change.id, code))).toBe("destination_change_ended");
  const late = await propose(id);
  clock.advance(24 * hourMs);
  expect(await codeOf(confirm(id, late.id, await lastCodeTo(address)))).toBe("destination_change_ended");
  expect(await paidTo(id)).toEqual(first);
});

test("whoever takes over the contact gets no code before the former one had a day to object", async () => {
  const { id, address } = await payeeWith();
  const change = { field: "contact", to: chat } as const;
  await changePayee({ db, clock }, { id, change, by: "api_key:stolen" });
  await changePayee({ db, clock }, { id, change: { field: "contact", to: null }, by: "api_key:stolen" });
  await propose(id);
  expect(await lastCodeTo(address)).toMatch(/^.{4}-.{4}-.{4}$/);
  expect((await bodiesTo(chat.address)).filter(({ kind }) => kind === "destination_code")).toEqual([]);
  await changePayee({ db, clock }, { id, change, by: "api_key:stolen" });
  clock.advance(24 * hourMs);
  await propose(id);
  expect(await lastCodeTo(chat.address)).toMatch(/^.{4}-.{4}-.{4}$/);
});

describe("a payee whom no code can reach", () => {
  test.each([
    ["without a contact", null, ["email"]],
    ["whose channel is not configured", chat, ["email"]],
  ] as const)("%s is moved by two persons, and not by themselves", async (_, contact, configured) => {
    channels = new Set(configured);
    const { id } = await payeeWith(contact);
    expect(await codeOf(propose(id, elsewhere, "api_key:own", true))).toBe("no_contact_for_code");
    expect(await codeOf(propose(id, elsewhere, ada))).toBe("second_person_needed");
    expect(await codeOf(propose(id, elsewhere, ada))).toBe("second_person_needed");
    expect(await codeOf(propose(id, third, bob))).toBe("second_person_needed"); // another one is another decision
    expect(await paidTo(id)).toEqual(first);
    expect(await propose(id, elsewhere, bob)).toMatchObject({ outcome: "confirmed", code_hash: null });
    expect(await findPayee(db, id)).toMatchObject({
      destination: elsewhere,
      destinationChangedAt: clock.now(),
    });
    expect(await changesOf(id)).toEqual([
      { before: first, after: elsewhere, changed_by: `${ada} and ${bob}` },
    ]);
    channels = new Set(["email", "telegram"]);
  });
});

test("five changes a day are asked for, and no more", async () => {
  const { id } = await payeeWith();
  for (let n = 0; n < 5; n++) await propose(id, n % 2 === 0 ? elsewhere : third);
  expect(await codeOf(propose(id))).toBe("too_many_destination_changes");
  clock.advance(24 * hourMs + 1);
  expect(await codeOf(propose(id))).toBe("done");
});

const seed = "legal winner thank year wave sausage worth useful legal winner thank yellow";
test.each([
  ["the same one", first, "destination_unchanged"],
  [
    "the same one in another case",
    { ...first, address: first.address.toLowerCase() },
    "destination_unchanged",
  ],
  ["of another network", { ...elsewhere, address: third.address }, "invalid_address"],
  ["a letter too few", { ...third, address: third.address.slice(0, -1) }, "invalid_address"],
  ["the zero address", { ...third, address: `0x${"0".repeat(40)}` }, "invalid_address"],
  ["a burn address", { ...third, address: `0x${"0".repeat(36)}dEaD` }, "invalid_address"],
  ["the token's contract", { ...third, address: usdt.contract! }, "invalid_address"],
  ["a private key", { ...third, address: `0x${"ab".repeat(32)}` }, "secret_pasted"],
  ["a seed phrase", { ...third, address: seed }, "secret_pasted"],
  ["a seed phrase in the memo", { ...third, memo: seed }, "secret_pasted"],
  ["a memo where none is carried", { ...third, memo: "7" }, "memo_not_carried"],
  ["an asset that is none", { ...third, asset: "ethereum:NONE" }, "unknown_asset"],
])("%s is refused, and nobody is told anything", async (_, destination, code) => {
  const { id, address } = await payeeWith();
  expect(await codeOf(propose(id, destination))).toBe(code);
  expect(await bodiesTo(address)).toEqual([]);
});

test("killed at any moment of a confirmation, the payee is moved wholly or not at all", async () => {
  const { id, address } = await payeeWith();
  const change = await propose(id);
  const code = await lastCodeTo(address);
  const deaths = await dieAtEachStatement(
    db,
    (dying) => confirmDestination(deps({ db: dying }), { payeeId: id, id: change.id, code, by: ada }),
    async () => {
      expect(await paidTo(id)).toEqual(first);
      expect(await changesOf(id)).toEqual([]);
    },
  );
  expect(deaths).toBeGreaterThan(5);
  expect(await paidTo(id)).toEqual(elsewhere);
  expect((await bodiesTo(address)).map(({ kind }) => kind)).toEqual([
    "destination_code",
    "destination_changed",
  ]);
});
