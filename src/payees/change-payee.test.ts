import { beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { systemClock } from "../clock.ts";
import { sql, type Db } from "../database/index.ts";
import { newId } from "../ids.ts";
import { parseMoney, registry } from "../money/index.ts";
import { changePayee, createPayee, findPayee, type Payee } from "./index.ts";

const usdt = registry.get("ethereum:USDT");
const dora = { channel: "email", address: "dora@payees.example" } as const;
const chat = { channel: "telegram", address: "4242" } as const;

let db: Db;
beforeAll(async () => {
  ({ db } = await freshDatabase());
});

async function payeeWith(contact: Payee["contact"]): Promise<string> {
  const { payee } = await createPayee(
    { db, registry, clock: systemClock, settlementAsset: usdt.id },
    {
      externalId: newId(),
      name: "Dora",
      payoutMode: "threshold",
      destination: { asset: usdt.id, address: "0x1111111254EEB25477B68fb85Ed929f73A960582", memo: null },
      payoutThreshold: parseMoney("50", usdt),
      contact,
    },
  );
  return payee.id;
}

const deps = () => ({ db, clock: systemClock });
const changesOf = async (id: string) =>
  (
    await sql<object>`
      select field, before, after, changed_by from payee_change where payee_id = ${id} order by changed_at, id`.execute(
      db,
    )
  ).rows;
const toldBy = async (address: string) =>
  (
    await sql<{
      body: string;
    }>`select body from notice where address = ${address} order by created_at`.execute(db)
  ).rows;

test("a name is changed and what it was is kept; the same again changes nothing", async () => {
  const id = await payeeWith(null);
  const change = { field: "name", to: "Dora Müller" } as const;
  for (let time = 0; time < 2; time++) await changePayee(deps(), { id, change, by: "api_key:1" });
  expect((await findPayee(db, id))?.name).toBe("Dora Müller");
  expect(await changesOf(id)).toEqual([
    { field: "name", before: "Dora", after: "Dora Müller", changed_by: "api_key:1" },
  ]);
});

test("whoever takes over a payee's contact cannot do so unseen: the former one is told, each time once", async () => {
  const id = await payeeWith(dora);
  const set = (to: Payee["contact"]) =>
    changePayee(deps(), { id, change: { field: "contact", to }, by: "cli:eve" });
  await Promise.all([set(chat), set(chat), set(chat)]);
  expect((await findPayee(db, id))?.contact).toEqual(chat);
  expect((await toldBy(dora.address)).map(({ body }) => body)).toEqual([
    "What concerns Dora is told elsewhere from now on.\nIf you did not expect this, tell us at once.",
  ]);
  await set(dora);
  await set(chat);
  await set(null);
  expect(await toldBy(dora.address)).toHaveLength(2);
  expect(await toldBy(chat.address)).toHaveLength(2);
  expect(await changesOf(id)).toHaveLength(4);
});

test("a payee that is not there is refused", async () => {
  const change = { field: "name", to: "X" } as const;
  await expect(changePayee(deps(), { id: newId(), change, by: "test" })).rejects.toMatchObject({
    code: "unknown_payee",
  });
});
