import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { inventAddress } from "../../sandbox/coins.ts";
import {
  driveUntil,
  eventually,
  findTrouble,
  freshParts,
  giveEarnings,
  startWorld,
  withJobs,
  type World,
} from "../../tests/support/index.ts";
import { checkConversions } from "../conversions/index.ts";
import { inTransaction, sql } from "../database/index.ts";
import { newId } from "../ids.ts";
import { enqueueOnce } from "../jobs/index.ts";
import { accounts, balanceOf } from "../ledger/index.ts";
import { changeSettingAsAllowed, createApiKey, type Scope } from "../operators/index.ts";
import {
  approve,
  askGate,
  liveAuthorisation,
  lockSpent,
  payoutCovered,
  payoutPolicy,
  policyJobs,
  type PayoutPolicy,
} from "../policy/index.ts";
import { findWallet, planTransfer } from "../transfers/index.ts";
import { payoutAuthority } from "./authority.ts";
import { cancelPayout, findPayout, payoutJobs, payoutTasks, planPayouts, requestPayout } from "./index.ts";

const USDT = "ethereum:USDT";
const dollars = (count: number): bigint => BigInt(count) * 1_000_000n;

let world: World;
let people = 0;
let ahead = 0;
const clock = { now: () => new Date(Date.now() + ahead) };
const signal = () => AbortSignal.timeout(20_000);

beforeAll(async () => {
  world = await startWorld({
    worker: false,
    sandbox: { blocks: "automine", swapStepMs: 10 },
    env: { TRANSFER_POLL_MS: "60000", SWAP_POLL_MS: "60000" },
  });
});
afterAll(() => world.stop());
afterEach(async () => {
  ahead = 0;
  expect(await findTrouble(world)).toEqual([]);
});

const shipped = payoutPolicy.defaults as PayoutPolicy;
async function policy(change: Partial<PayoutPolicy>): Promise<void> {
  const { status } = await world.api("PUT", "/v1/settings/payout_policy", {
    value: { ...shipped, ...change },
  });
  expect(status).toBe(200);
}
const forEverything = (approvers: 1 | 2): Partial<PayoutPolicy> => ({
  without_approval: { payout_usd: "0", day_usd: "0", refund_usd: "0" },
  ...(approvers === 2 && { two_approvers_from_usd: "0" }),
});

/** A key of somebody, and what they say to the API. */
async function personWith(scopes: readonly Scope[], owner = `person ${++people}`) {
  const { key, apiKey } = await createApiKey(world.engine.db, {
    name: `${owner} ${newId()}`,
    owner,
    scopes,
    now: new Date(),
  });
  return personOf({ id: apiKey.id, key });
}
function personOf({ id, key }: { id: string; key: string }) {
  const say = <T>(path: string, body: unknown) =>
    world.api<T>("POST", path, body, { authorization: `Bearer ${key}` });
  const ask = (path: string, body: unknown) =>
    say<{ code?: string; data?: { status: string }[] }>(path, body);
  return { ref: `api_key:${id}`, id, key, ask, say };
}
type Person = ReturnType<typeof personOf>;

/** Somebody with so much available, paid directly. */
async function payeeWith(amount = dollars(50)) {
  const address = inventAddress("evm", `payee of the gate ${++people}`);
  const payeeId = await world.payee({ destination: { asset: USDT, address }, threshold: "1" });
  await giveEarnings(world, USDT, [{ payeeId, amount }]);
  await checkConversions(world.engine.conversions, signal(), true);
  await driveUntil(world, "available", async () => (await available(payeeId)) > 0n);
  return { payeeId, address };
}
/** Somebody with 50 dollars available, who is paid by a swap. */
async function payeeBySwap(): Promise<string> {
  const payeeId = await world.payee({
    destination: { asset: "tron:USDT", address: "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8" },
    threshold: "1",
  });
  await giveEarnings(world, USDT, [{ payeeId, amount: dollars(50) }]);
  await checkConversions(world.engine.conversions, signal(), true);
  await driveUntil(world, "available", async () => (await available(payeeId)) > 0n);
  return payeeId;
}
const available = (payeeId: string) => balanceOf(world.engine.db, accounts.payee(payeeId, "available"), USDT);
const onChain = (address: string) => world.sandbox.balanceOf(address, USDT);
const statusOf = async (id: string) => (await findPayout(world.engine.db, id))?.status;
const until = (id: string, status: string) =>
  driveUntil(world, `payout ${status}`, async () => (await statusOf(id)) === status);
/** Everything that is due is done, and nothing more. */
const settle = () => world.drain();

async function waiting(payoutId: string) {
  const row = await liveAuthorisation(world.engine.db, { subject: "payout", subjectId: payoutId });
  return { id: row!.id, terms_hash: row!.terms_hash.toString("hex") };
}
async function decide(
  person: Person,
  payoutId: string,
  decision: "approve" | "reject" = "approve",
): Promise<string> {
  const { status, body } = await person.ask("/v1/approval-decisions", {
    decision,
    items: [await waiting(payoutId)],
    ...(decision === "reject" && { reason: "not this month" }),
  });
  return status === 200 ? body.data![0]!.status : body.code!;
}

/** A payout that waits for so many people, asked for by an operator of their own. */
async function asked(approvers: 1 | 2 = 1) {
  await policy(forEverything(approvers));
  const who = await payeeWith();
  const requester = await personWith(["payouts:write", "payouts:approve"]);
  const id = await requestPayout(world.engine.payouts, {
    payeeId: who.payeeId,
    asset: USDT,
    requestedBy: requester.ref,
  });
  expect(await statusOf(id)).toBe("requested");
  await until(id, "awaiting_approval");
  return { ...who, id, requester };
}
const approver = () => personWith(["payouts:approve"]);

/** Up to the attempt's transfer, and not to its signature. */
const untilPlanned = (id: string) =>
  driveUntil(world, "an attempt", async () => (await statusOf(id)) === "sending", {
    jobs: world.jobs.filter(({ name }) => !name.startsWith("transfers.")),
  });

/** What is sent for a payout, itself or to the swap that it goes by. */
const transfersFor = async (id: string) =>
  (
    await sql<{ waiting_reason: string | null; slot: unknown }>`
      select t.waiting_reason, t.slot from payout_attempt a left join swap s on s.purpose_id = a.id
      join transfer t on t.purpose_id in (a.id, s.id) where a.payout_id = ${id}`.execute(world.engine.db)
  ).rows;

/** Runs all that could move money, and finds that none did. */
async function staysHere(address: string): Promise<void> {
  await world.drain({ future: true, maxRounds: 4 });
  expect(await onChain(address)).toBe(0n);
}

test("the policy that ships lets a small payout go, and says by which version", async () => {
  await policy({});
  const { payeeId, address } = await payeeWith();
  const [id] = await planPayouts(world.engine.payouts, signal());
  await until(id!, "completed");
  expect(await onChain(address)).toBe(dollars(50));
  const { rows } = await sql<{ word: string; policy_version: number; approvers: number }>`
    select t.authorised_by as word, a.policy_version, a.approvers from transfer t
    join payout_attempt p on p.id = t.purpose_id join authorisation a on a.subject_id = p.payout_id
    where p.payout_id = ${id} and t.authorised_by = 'authorisation:' || a.id`.execute(world.engine.db);
  expect(rows).toEqual([
    {
      word: expect.any(String) as string,
      policy_version: expect.any(Number) as number,
      approvers: 0,
    },
  ]);
  expect(await available(payeeId)).toBe(0n);

  // What was signed on nobody's word is a finding of the books, for ever.
  const { word } = rows[0]!;
  const by = (authorised: string | null) =>
    plant(sql`update transfer set authorised_by = ${authorised} where authorised_by = ${word} or authorised_by is null
      and slot is not null or authorised_by = 'authorisation:none'`);
  for (const nobody of [null, "authorisation:none"]) {
    await by(nobody);
    expect(await findTrouble(world)).toMatchObject([{ check: "signed_on_no_word" }]);
  }
  await by(word);
});

test("no outside call before approval: a payout by swap that waits has no exchange, and has one afterwards", async () => {
  await policy(forEverything(1));
  await payeeBySwap();
  const before = world.sandbox.changenow.exchanges().length;
  const [id] = await planPayouts(world.engine.payouts, signal());
  expect(await statusOf(id!)).toBe("awaiting_approval");
  await settle();
  expect(world.sandbox.changenow.exchanges()).toHaveLength(before);
  expect(await decide(await approver(), id!)).toBe("granted");
  await until(id!, "completed");
  expect(world.sandbox.changenow.exchanges()).toHaveLength(before + 1);
});

test("two approvers are two people, none of them the one who asked", async () => {
  const { id, address, requester } = await asked(2);
  expect(await decide(requester, id)).toBe("approval_by_requester");
  const first = await personWith(["payouts:approve"], "Noor");
  const same = await personWith(["payouts:approve"], " noor ");
  expect(await decide(first, id)).toBe("waiting");
  expect(await decide(same, id)).toBe("approved_already");
  await staysHere(address);
  expect(await decide(await approver(), id)).toBe("granted");
  await until(id, "completed");
  expect(await onChain(address)).toBe(dollars(50));
});

test("keys that make keys make no second person, however many there are between them, and neither does a payee's", async () => {
  const admin = await personWith(["admin"]);
  const make = async (maker: Person, scopes: readonly Scope[]): Promise<Person> => {
    const owner = `made up ${++people}`;
    const { body } = await maker.say<{ id: string; key: string }>("/v1/api-keys", {
      name: owner,
      owner,
      scopes,
    });
    return personOf(body);
  };
  const puppet = await make(await make(admin, ["admin"]), ["payouts:approve"]);
  await policy(forEverything(1));
  const { payeeId, address } = await payeeWith();
  const mine = await requestPayout(world.engine.payouts, { payeeId, asset: USDT, requestedBy: admin.ref });
  await until(mine, "awaiting_approval");
  expect(await decide(puppet, mine)).toBe("approval_by_requester");
  await cancelPayout(world.engine.payouts, { payoutId: mine, by: "cli:test" });

  const { body } = await admin.say<{ id: string; key: string }>(`/v1/payees/${payeeId}/withdrawal-keys`, {
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
  });
  const { body: theirs } = await personOf(body).say<{ id: string }>("/v1/withdrawals", {});
  await until(theirs.id, "awaiting_approval");
  for (const maker of [admin, puppet]) expect(await decide(maker, theirs.id)).toBe("approval_by_requester");
  await staysHere(address);
  expect(await decide(await approver(), theirs.id)).toBe("granted");
  await until(theirs.id, "completed");
});

test("two at the same instant, and twenty times over: approved once, paid once", async () => {
  const { id, address } = await asked(2);
  const two = [await approver(), await approver()];
  const item = await waiting(id);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      two[index % 2]!.ask("/v1/approval-decisions", { decision: "approve", items: [item] }),
    ),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
  await until(id, "completed");
  expect(await onChain(address)).toBe(dollars(50));
});

test("a rejection gives the balance back with its reason, and does not come back by itself", async () => {
  const { id, address, payeeId } = await asked();
  expect(await decide(await approver(), id, "reject")).toBe("rejected");
  await until(id, "rejected");
  expect(await findPayout(world.engine.db, id)).toMatchObject({ end_reason: "not this month" });
  expect(await available(payeeId)).toBe(dollars(50));
  await policy({});
  expect(await planPayouts(world.engine.payouts, signal())).toEqual([]);
  const again = await requestPayout(world.engine.payouts, { payeeId, asset: USDT, requestedBy: "cli:test" });
  await until(again, "completed");
  expect(await onChain(address)).toBe(dollars(50));
});

test("cancelled before it is approved: an approval that comes late decides nothing", async () => {
  const { id, address, payeeId } = await asked();
  const item = await waiting(id);
  await cancelPayout(world.engine.payouts, { payoutId: id, by: "cli:test" });
  const { body } = await (
    await approver()
  ).ask("/v1/approval-decisions", { decision: "approve", items: [item] });
  expect(body.code).toBe("authorisation_ended");
  expect(await available(payeeId)).toBe(dollars(50));
  await staysHere(address);
});

test("nobody approves in time: nothing is held for ever", async () => {
  const { id, payeeId, address } = await asked();
  ahead = 73 * 3_600_000;
  const parts = freshParts(world, clock);
  const item = await waiting(id);
  await expect(
    approve(parts, {
      decisions: [{ id: item.id, termsHash: Buffer.from(item.terms_hash, "hex") }],
      by: (await approver()).ref,
    }),
  ).rejects.toMatchObject({ code: "authorisation_ended" });
  const jobs = withJobs(world, [...payoutJobs(parts.payouts), ...policyJobs(parts, () => Promise.resolve())]);
  await driveUntil(world, "cancelled", async () => (await statusOf(id)) === "cancelled", { jobs });
  expect(await findPayout(world.engine.db, id)).toMatchObject({ end_reason: "approval_expired" });
  expect(await available(payeeId)).toBe(dollars(50));
  expect(await onChain(address)).toBe(0n);
});

test("the queue is approved as the list that was read, and as no other", async () => {
  const one = await asked();
  const queue = () => world.api<{ list_hash: string; data: unknown[] }>("GET", "/v1/approval-queue");
  const { body: before } = await queue();
  const two = await asked();
  const all = await approver();
  const by = (list_hash: string) => all.ask("/v1/approval-decisions", { decision: "approve", list_hash });
  expect((await by(before.list_hash)).body.code).toBe("approval_list_changed");
  const { body: now } = await queue();
  expect((await by(now.list_hash)).status).toBe(200);
  await until(one.id, "completed");
  await until(two.id, "completed");
});

test("wrong words are refused: nothing named, both named, no reason, a hash that is none", async () => {
  const person = await approver();
  for (const body of [
    { decision: "approve" },
    { decision: "approve", items: [], list_hash: "00".repeat(32) },
    { decision: "reject", list_hash: "00".repeat(32) },
    { decision: "approve", list_hash: "xyz" },
  ])
    expect((await person.ask("/v1/approval-decisions", body)).status).toBe(400);
  const items = [{ id: newId(), terms_hash: "00".repeat(32) }];
  expect((await person.ask("/v1/approval-decisions", { decision: "approve", items })).body.code).toBe(
    "unknown_authorisation",
  );
});

const plant = (statement: ReturnType<typeof sql>) => statement.execute(world.engine.db);
/** As somebody does it who owns the tables: past the triggers that keep their rows. */
const unguarded = (table: "setting" | "authorisation", statement: ReturnType<typeof sql>) =>
  inTransaction(world.engine.db, async (tx) => {
    await sql`alter table ${sql.table(table)} disable trigger user`.execute(tx);
    await statement.execute(tx);
    await sql`alter table ${sql.table(table)} enable trigger user`.execute(tx);
  });
/** No policy can be read while this runs. */
async function withoutPolicy(work: () => Promise<void>): Promise<void> {
  await unguarded("setting", sql`create table kept as select * from setting where key = 'payout_policy'`);
  await unguarded("setting", sql`delete from setting where key = 'payout_policy'`);
  await work();
  await unguarded("setting", sql`insert into setting select * from kept`);
  await plant(sql`drop table kept`);
}

/** Attacks on a payout between its approval and its signature. Each must move nothing. */
test.each<
  [string, (of: { id: string; payeeId: string; address: string; thief: string }) => Promise<unknown>]
>([
  [
    "its destination is swapped in the row",
    ({ id, thief }) => plant(sql`update payout set destination_address = ${thief} where id = ${id}`),
  ],
  [
    "its amount is raised in the row",
    ({ id }) => plant(sql`update payout set amount = amount + 1 where id = ${id}`),
  ],
  ["its route is changed", ({ id }) => plant(sql`update payout set route = 'swap' where id = ${id}`)],
  ["its least net is lowered", ({ id }) => plant(sql`update payout set least_net = 1 where id = ${id}`)],
  [
    "what it may cost is raised",
    ({ id }) => plant(sql`update payout set greatest_fee_bps = greatest_fee_bps + 5000 where id = ${id}`),
  ],
  [
    "its destination's coin is changed",
    ({ id }) => plant(sql`update payout set destination_asset = 'tron:USDT' where id = ${id}`),
  ],
  [
    "its authorisation is voided",
    ({ id }) =>
      plant(sql`update authorisation set status = 'void' where subject_id = ${id} and status = 'granted'`),
  ],
])("approved, and then %s: it is not signed", async (_, attack) => {
  const { id, address, payeeId } = await asked();
  const thief = inventAddress("evm", `thief ${++people}`);
  expect(await decide(await approver(), id)).toBe("granted");
  await untilPlanned(id);
  await attack({ id, payeeId, address, thief });
  await world.drain();
  expect([await onChain(address), await onChain(thief)]).toEqual([0n, 0n]);
  expect(await transfersFor(id)).toEqual([{ waiting_reason: "not_authorised", slot: null }]);
  await putRight(id, address);
});

test("approved, and then the swap that it goes by is to bring other, less, or somebody else's coins: it is not funded", async () => {
  await policy({});
  await payeeBySwap();
  const id = (await planPayouts(world.engine.payouts, signal()))[0]!;
  const jobs = world.jobs.filter(({ name }) => !name.startsWith("transfers."));
  await driveUntil(world, "an exchange", async () => (await transfersFor(id)).length === 1, { jobs });
  const its = sql`purpose_id in (select id from payout_attempt where payout_id = ${id})`;
  const { rows } = await sql<{ id: string }>`select * from swap where ${its}`.execute(world.engine.db);
  const whole = JSON.stringify(rows[0], (_, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
  for (const [column, value] of Object.entries({
    target_address: "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE",
    target_asset: "tron:TRX",
    target_memo: "7",
    source_amount: "49000000",
    least_target_amount: "1",
  })) {
    await plant(sql`update swap set ${sql.id(column)} = ${value} where ${its}`);
    await world.drain({ future: true, maxRounds: 2 });
    expect([column, await transfersFor(id)]).toEqual([
      column,
      [{ waiting_reason: "not_authorised", slot: null }],
    ]);
    await plant(sql`
      update swap s set ${sql.id(column)} = w.${sql.id(column)} from jsonb_populate_record(null::swap, ${whole}::jsonb) w
      where s.id = w.id`);
  }
  await until(id, "completed");
});

test("a payout that was written in whole, with all that lets it go, is not in the ledger: it is not signed", async () => {
  const { id, payeeId } = await asked();
  expect(await decide(await approver(), id)).toBe("granted");
  await untilPlanned(id);
  const undone = new Error("undone");
  const forging = inTransaction(world.engine.db, async (tx) => {
    const { rows } = await sql<{ id: string; as: string }>`
      select id, payout_id as "as" from payout_attempt where payout_id = ${id}`.execute(tx);
    expect(await payoutAuthority(tx, rows[0]!.id)).toMatchObject({ authority: { subjectId: id } });
    const forged = { id: newId(), attempt: newId() };
    await sql`
      insert into payout select w.* from payout p, jsonb_populate_record(p, ${JSON.stringify({ id: forged.id })}::jsonb) w
      where p.id = ${id}`.execute(tx);
    await sql`
      insert into payout_attempt select w.* from payout_attempt p, jsonb_populate_record(p,
        ${JSON.stringify({ id: forged.attempt, payout_id: forged.id })}::jsonb) w where p.payout_id = ${id}`.execute(
      tx,
    );
    expect(await payoutAuthority(tx, forged.attempt)).toEqual({ refused: "not_authorised" });
    throw undone;
  });
  await expect(forging).rejects.toBe(undone);
  await until(id, "completed");
  expect(await available(payeeId)).toBe(0n);
});

/** The world goes on from books that agree: the payout as it was, given back. */
async function putRight(id: string, address: string): Promise<void> {
  await plant(sql`
    update payout set destination_address = ${address}, destination_asset = ${USDT}, amount = ${dollars(50)}, route = 'direct', status = 'in_review',
      review_reason = coalesce(review_reason, 'tried by a thief') where id = ${id}`);
  const { status } = await world.api("POST", `/v1/payouts/${id}/resolve`, { resolution: "give_back" });
  expect(status).toBe(200);
}

test("people's words count, not the row that says granted: too few, or for other terms, sign nothing", async () => {
  const { id, address } = await asked(2);
  const row = await waiting(id);
  await plant(sql`
    insert into approval (authorisation_id, person, by, terms_hash, at)
    values (${row.id}, 'owner:nobody', 'planted', sha256('other terms'), now())`);
  expect(await decide(await approver(), id)).toBe("waiting");
  await plant(sql`
    insert into approval (authorisation_id, person, by, terms_hash, at)
    select id, requested_person, requested_by, terms_hash, now() from authorisation where id = ${row.id}`);
  await plant(sql`update authorisation set status = 'granted' where id = ${row.id}`);
  // The policy of today would be content with fewer: what was asked for takes two all the same.
  await policy(forEverything(1));
  await inTransaction(world.engine.db, (tx) => enqueueOnce(tx, payoutTasks.advance, { id }));
  await staysHere(address);
  await cancelPayout(world.engine.payouts, { payoutId: id, by: "cli:test" });
});

test("the signer asked directly, for a payout that is not there, signs nothing", async () => {
  const thief = inventAddress("evm", "thief with a job");
  const wallet = await findWallet(world.engine.db, "ethereum");
  const id = await inTransaction(world.engine.db, (tx) =>
    planTransfer(tx, {
      walletId: wallet!.id,
      purpose: "payout_attempt",
      purposeId: newId(),
      money: { asset: USDT, amount: 1n },
      toAddress: thief,
      debitAccount: accounts.platform("variance"),
      doneTask: payoutTasks.attemptEnded,
      correlationId: newId(),
      now: new Date(),
    }),
  );
  await staysHere(thief);
  await plant(sql`update transfer set status = 'cancelled' where id = ${id}`);
});

test("a key without the scope, one that was revoked, and terms that were not read approve nothing", async () => {
  const { id, address } = await asked();
  expect(await decide(await personWith(["payouts:write", "settings:write"]), id)).toBe("forbidden");
  const gone = await approver();
  const retired = await approver();
  await plant(sql`update api_key set revoked_at = now() where id = ${gone.id}`);
  await plant(sql`update operator set retired_at = now(), retired_by = 'cli:test'
    where id = (select operator_id from api_key where id = ${retired.id})`);
  const item = await waiting(id);
  const decisions = [{ id: item.id, termsHash: Buffer.from(item.terms_hash, "hex") }];
  for (const ended of [gone, retired]) {
    expect(await decide(ended, id)).toBe("unauthenticated");
    // Its request came in before it ended.
    await expect(approve(freshParts(world), { decisions, by: ended.ref })).rejects.toMatchObject({
      code: "unauthenticated",
    });
  }
  const { id: authorisation } = await waiting(id);
  const items = [{ id: authorisation, terms_hash: "00".repeat(32) }];
  const { body } = await (await approver()).ask("/v1/approval-decisions", { decision: "approve", items });
  expect(body.code).toBe("authorisation_changed");
  await staysHere(address);
  await cancelPayout(world.engine.payouts, { payoutId: id, by: "cli:test" });
});

test("a policy that was deleted asks two people for everything, and lets nothing go by itself", async () => {
  await policy({});
  const { payeeId, address } = await payeeWith();
  let id: string | undefined;
  await withoutPolicy(async () => {
    [id] = await planPayouts(world.engine.payouts, signal());
    expect(await statusOf(id!)).toBe("awaiting_approval");
    const live = await liveAuthorisation(world.engine.db, { subject: "payout", subjectId: id! });
    expect(live).toMatchObject({ approvers: 2, policy_version: null });
    await staysHere(address);
  });
  await cancelPayout(world.engine.payouts, { payoutId: id!, by: "cli:test" });
  expect(await available(payeeId)).toBe(dollars(50));
});

/** How what let a payout go by itself holds no more when its transfer comes to be signed. */
const lapses: Record<string, (id: string, meanwhile: () => Promise<void>) => Promise<void>> = {
  "the policy asks for people now": async (_id, meanwhile) => {
    await policy(forEverything(2));
    await meanwhile();
  },
  "the policy was lost": (_id, meanwhile) => withoutPolicy(meanwhile),
};

test.each(Object.entries(lapses))(
  "let go, and then, before it is signed, %s: it waits for two people, and is paid once",
  async (_, lapse) => {
    await policy({});
    const { address } = await payeeWith();
    const id = (await planPayouts(world.engine.payouts, signal()))[0]!;
    await untilPlanned(id);
    await lapse(id, async () => {
      await staysHere(address);
      // As the sweep does five minutes after the last step.
      await inTransaction(world.engine.db, (tx) => enqueueOnce(tx, payoutTasks.advance, { id }));
      await until(id, "awaiting_approval");
      await staysHere(address);
    });
    const live = await liveAuthorisation(world.engine.db, { subject: "payout", subjectId: id });
    expect(live).toMatchObject({ approvers: 2, status: "waiting" });
    expect(await decide(await approver(), id)).toBe("waiting");
    expect(await decide(await approver(), id)).toBe("granted");
    await until(id, "completed");
    expect(await onChain(address)).toBe(dollars(50));
    await policy({});
  },
);

/** As if so much time had passed for what authorises a payout. */
const expired = (id: string) =>
  unguarded(
    "authorisation",
    sql`update authorisation set expires_at = now() where subject_id = ${id} and status = 'granted'`,
  );

test("approved, and then, before it is signed, the approval expires: it is asked for again", async () => {
  const { id, address } = await asked();
  expect(await decide(await approver(), id)).toBe("granted");
  await untilPlanned(id);
  await expired(id);
  await staysHere(address);
  expect(await transfersFor(id)).toEqual([{ waiting_reason: "awaiting_approval", slot: null }]);
  await inTransaction(world.engine.db, (tx) => enqueueOnce(tx, payoutTasks.advance, { id }));
  await until(id, "awaiting_approval");
  expect(await decide(await approver(), id)).toBe("granted");
  await until(id, "completed");
  expect(await onChain(address)).toBe(dollars(50));
});

test("let go by the policy alone, and then its destination is swapped in its row and in its transfer's: it is not signed", async () => {
  await policy({});
  const { address } = await payeeWith();
  const id = (await planPayouts(world.engine.payouts, signal()))[0]!;
  await untilPlanned(id);
  const thief = inventAddress("evm", `thief ${++people}`);
  const divert = async (to: string) => {
    await plant(sql`update payout set destination_address = ${to} where id = ${id}`);
    await plant(
      sql`update transfer set to_address = ${to} where purpose_id in (select id from payout_attempt where payout_id = ${id})`,
    );
  };
  await divert(thief);
  await world.drain({ future: true, maxRounds: 3 });
  expect([await onChain(address), await onChain(thief)]).toEqual([0n, 0n]);
  expect(await transfersFor(id)).toEqual([{ waiting_reason: "not_authorised", slot: null }]);
  await divert(address);
  await until(id, "completed");
});

test("the books say what may leave: a hold of another amount, coin, payee or payout, or one given back, covers nothing", async () => {
  const { id, payeeId } = await asked();
  const hold = { id, payeeId, asset: USDT, amount: dollars(50) };
  const covers = (changed: Partial<typeof hold>) =>
    inTransaction(world.engine.db, (tx) => payoutCovered(tx, { ...hold, ...changed }));
  expect(await covers({})).toBe(true);
  for (const changed of [
    { amount: dollars(49) },
    { amount: dollars(51) },
    { asset: "ethereum:USDC" },
    { payeeId: newId() },
    { id: newId() },
  ])
    expect(await covers(changed)).toBe(false);
  await cancelPayout(world.engine.payouts, { payoutId: id, by: "cli:test" });
  expect(await covers({})).toBe(false);
});

/** Stops what it names; the call that it returns ends that. */
async function stopped(
  what: { scope: string; value?: string },
  payeeId: string,
): Promise<() => Promise<void>> {
  if (what.scope === "payee") {
    const params = { path: { id: payeeId } };
    await world.client.post("/v1/payees/{id}/pause", { params });
    return async () => void (await world.client.post("/v1/payees/{id}/resume", { params }));
  }
  const made = await world.api<{ id: string; in_flight: unknown[] }>("POST", "/v1/pauses", {
    ...what,
    reason: "a drill",
  });
  expect([made.status, made.body.in_flight]).toEqual([201, []]);
  const end = () => world.api<{ code?: string }>("POST", `/v1/pauses/${made.body.id}/end`, {});
  return async () => {
    expect((await end()).status).toBe(200);
    expect((await end()).body.code).toBe("unknown_pause");
  };
}

test.each([
  ["all", undefined, "planned"],
  ["chain", "ethereum", "planned"],
  ["rail", "direct", "planned"],
  ["payee", undefined, "planned"],
  ["all", undefined, "approved"],
  ["payee", undefined, "approved"],
] as const)("paused: %s %s, when it is %s: it is sent when the pause ends", async (scope, value, when) => {
  const { id, address, payeeId } = await asked();
  expect(await decide(await approver(), id)).toBe("granted");
  if (when === "planned") await untilPlanned(id);
  const goOn = await stopped({ scope, ...(value !== undefined && { value }) }, payeeId);
  await staysHere(address);
  const waitingOne = { waiting_reason: "paused_by_operator", slot: null };
  expect(await transfersFor(id)).toEqual(when === "planned" ? [waitingOne] : []);
  await goOn();
  await until(id, "completed");
  expect(await onChain(address)).toBe(dollars(50));
});

test("a limit holds before anything is held, and says why; twenty planners at once do not pass it together", async () => {
  const payees = [await payeeWith(), await payeeWith(), await payeeWith()];
  await policy({ limits: { ...shipped.limits, day_usd: "1" } });
  expect(await planPayouts(world.engine.payouts, signal())).toEqual([]);
  for (const { payeeId } of payees) {
    expect(await available(payeeId)).toBe(dollars(50));
    const { body } = await world.api<{ unpaid: { cause: string }[] }>("GET", `/v1/payees/${payeeId}`);
    expect(body.unpaid).toMatchObject([{ cause: "above_day_limit" }]);
  }
  const { rows } = await sql<{ spent: bigint }>`
    select coalesce(sum(usd_micros), 0) as spent from authorisation
    where subject = 'payout' and status in ('waiting', 'granted')`.execute(world.engine.db);
  const room = rows[0]!.spent / 1_000_000n + 75n; // for one more, and not for two
  await policy({
    limits: { ...shipped.limits, day_usd: String(room) },
    without_approval: { ...shipped.without_approval, day_usd: "1000000" },
  });
  const planned = await Promise.all(
    Array.from({ length: 20 }, () => planPayouts(world.engine.payouts, signal()).catch(() => [])),
  );
  expect(planned.flat()).toHaveLength(1);
  await until(planned.flat()[0]!, "completed");
  await policy({});
  await driveUntil(world, "all are paid", async () => {
    await planPayouts(world.engine.payouts, signal());
    return (await Promise.all(payees.map(({ address }) => onChain(address)))).every(
      (sum) => sum === dollars(50),
    );
  });
});

test("what waits counts against the limits however long it waits, and what was let go from that moment on", async () => {
  const { id, payeeId } = await asked();
  const spent = async () => {
    const soFar = await inTransaction(world.engine.db, (tx) =>
      lockSpent(tx, [payeeId], { now: new Date(), together: true }),
    );
    return soFar.of(payeeId);
  };
  const aged = (days: number) =>
    unguarded(
      "authorisation",
      sql`update authorisation set created_at = now() - ${days} * interval '1 day',
        updated_at = now() - ${days} * interval '1 day' where subject_id = ${id}`,
    );
  const [none, all] = [0n, (await spent()).payeeDay];
  expect(all).toBeGreaterThan(none);
  await aged(40);
  expect(await spent()).toMatchObject({ payeeDay: all, payeeMonth: all });
  expect(await decide(await approver(), id)).toBe("granted");
  expect(await spent()).toMatchObject({ payeeDay: all, payeeMonth: all });
  await aged(2);
  expect(await spent()).toMatchObject({ payeeDay: none, payeeMonth: all });
  await aged(31);
  expect(await spent()).toMatchObject({ payeeDay: none, payeeMonth: none });
  await until(id, "completed");
});

test("approved, and then its way became dearer than approved: it is asked for again, however much arrives", async () => {
  await policy(forEverything(1));
  await payeeBySwap();
  const id = (await planPayouts(world.engine.payouts, signal()))[0]!;
  const { id: first } = await waiting(id);
  expect(await decide(await approver(), id)).toBe("granted");
  const { payouts } = freshParts(world);
  const dearer: typeof payouts = {
    ...payouts,
    readMaximumSlippageBps: () => Promise.resolve(2_000),
    prices: {
      name: payouts.prices.name,
      observe: async (assets, abort) => {
        const seen = new Map(await payouts.prices.observe(assets, abort));
        const one = seen.get(USDT)!;
        return seen.set(USDT, { ...one, usd: String(Number(one.usd) * 2) });
      },
    },
  };
  const jobs = withJobs(world, payoutJobs(dearer));
  await driveUntil(world, "asked again", async () => (await waiting(id)).id !== first, { jobs });
  expect(await statusOf(id)).toBe("awaiting_approval");
  await cancelPayout(world.engine.payouts, { payoutId: id, by: "cli:test" });
});

test("whoever pauses is told of every transfer that was being signed", async () => {
  const { rows } = await sql<{ id: string }>`select id from transfer where status = 'final' limit 1`.execute(
    world.engine.db,
  );
  const { id } = rows[0]!;
  const wallet = { chain: "ethereum", rail: null, now: new Date() };
  const begin = () =>
    world.api<{ id: string; in_flight: { transfer_id: string }[] }>("POST", "/v1/pauses", {
      scope: "all",
      reason: "a drill",
    });
  const pausing = await inTransaction(world.engine.db, async (tx) => {
    expect(await askGate(tx, { by: "policy" }, wallet)).toMatchObject({ kind: "granted" });
    const answer = begin();
    await eventually("the pause waits", async () => {
      const { rows: waits } = await sql`
        select from pg_locks where locktype = 'advisory' and not granted`.execute(world.engine.db);
      return waits.length > 0;
    });
    await sql`update transfer set status = 'broadcast', next_check_at = now() where id = ${id}`.execute(tx);
    return { answer };
  });
  const { body } = await pausing.answer;
  expect(body.in_flight.map((one) => one.transfer_id)).toEqual([id]);
  await plant(sql`update transfer set status = 'final', next_check_at = null where id = ${id}`);
  await world.api("POST", `/v1/pauses/${body.id}/end`, {});
});

test("a limit is lifted by as many as the policy says, in the queue, and by nobody where it changed meanwhile", async () => {
  const shippedBut = (approvalHours: number) => ({
    ...shipped,
    changes: { ...shipped.changes, limits: 1 as const },
    approval_hours: approvalHours,
  });
  await policy({ changes: { ...shipped.changes, limits: 1 } });
  const [asks, agrees] = [await personWith(["limits:write", "payouts:approve"]), await approver()];
  const put = (hours: number) =>
    world.api<{ code?: string }>(
      "PUT",
      "/v1/settings/payout_policy",
      { value: shippedBut(hours) },
      { authorization: `Bearer ${asks.key}` },
    );
  const queued = async (hours: number) => {
    const { data } = await world.client.get("/v1/approval-queue");
    const [item] = data.filter(({ terms }) => String(terms["value"]).includes(`"approval_hours":${hours},`));
    return { id: item!.id, terms_hash: item!.terms_hash };
  };
  const approveBy = async (person: Person, hours: number) =>
    (await person.ask("/v1/approval-decisions", { decision: "approve", items: [await queued(hours)] })).body
      .code;
  const inForce = async () =>
    (await world.client.get("/v1/settings/{key}", {
      params: { path: { key: "payout_policy" } },
    })) as unknown as {
      value: PayoutPolicy;
      changed_by: string;
    };
  for (const hours of [50, 60]) expect((await put(hours)).body.code).toBe("second_person_needed");
  expect((await inForce()).value.approval_hours).toBe(shipped.approval_hours);
  expect(await approveBy(asks, 50)).toBe("approval_by_requester");
  const other = await queued(60);
  expect(await approveBy(agrees, 50)).toBeUndefined();
  await settle();
  expect(await inForce()).toMatchObject({ value: { approval_hours: 50 }, changed_by: asks.ref });
  expect(await approveBy(agrees, 60)).toBeUndefined();
  await settle();
  expect((await inForce()).value.approval_hours).toBe(50);
  expect(
    (await world.client.get("/v1/authorisations/{id}", { params: { path: { id: other.id } } })).status,
  ).toBe("void");
  // Somebody else sends the very same request: that is their word, too.
  for (const [by, code] of [
    [asks.ref, "second_person_needed"],
    ["cli:test", undefined],
  ] as const) {
    const made = changeSettingAsAllowed(world.engine, {
      setting: payoutPolicy,
      value: shipped,
      changedBy: by,
      now: new Date(),
    });
    if (code === undefined) expect(await made).toMatchObject({ changedBy: by });
    else await expect(made).rejects.toMatchObject({ code });
  }
});

test("a preview says what would happen and why, holds nothing, and tries a policy that is not in force", async () => {
  await policy({});
  const { payeeId } = await payeeWith();
  const preview = (path: string, more: object = {}) =>
    world.api<Record<string, unknown>>("POST", path, { payee_id: payeeId, ...more });
  const { body } = await preview("/v1/payouts/preview");
  expect(body).toMatchObject({
    amount: { asset: USDT, amount: "50" },
    ways: [
      { route: "direct", refused_because: null, least_net: { asset: USDT, amount: "50" } },
      { route: "swap", refused_because: "other_way_for_this_asset", least_net: null },
      { route: "bank", refused_because: "other_way_for_this_asset", least_net: null },
    ],
    policy: { outcome: "leaves", approvers: 0, because: [] },
  });
  const tried = await preview("/v1/policy/preview", { policy: { ...shipped, ...forEverything(2) } });
  expect(tried.body).toMatchObject({
    policy: { policy_version: null, outcome: "needs_approval", approvers: 2 },
  });
  expect((await preview("/v1/policy/preview", { policy: {} })).body["code"]).toBe("invalid_setting");
  expect((await preview("/v1/payouts/preview", { amount: "0" })).body["code"]).toBe("invalid_amount");
  expect(await available(payeeId)).toBe(dollars(50));
  await requestPayout(world.engine.payouts, { payeeId, asset: USDT, requestedBy: "cli:test" });
});

test("without a price: silent sources are waited for, and what no source lists goes to people", async () => {
  await policy({});
  const { payeeId, address } = await payeeWith();
  const planWith = (sources: readonly string[]) => {
    const prices = { name: "silent", observe: () => Promise.resolve(new Map()), listedBy: () => sources };
    return planPayouts({ ...world.engine.payouts, prices }, signal());
  };
  expect(await planWith(["one"])).toEqual([]);
  expect(await available(payeeId)).toBe(dollars(50));
  const [id] = await planWith([]);
  expect(await statusOf(id!)).toBe("awaiting_approval");
  const live = await liveAuthorisation(world.engine.db, { subject: "payout", subjectId: id! });
  expect(live).toMatchObject({ approvers: 1, because: ["no_price"], usd_micros: null });
  expect(await decide(await approver(), id!)).toBe("granted");
  await until(id!, "completed");
  expect(await onChain(address)).toBe(dollars(50));
});

test("a payee reads that people approved their payout, and why they did not; operators read that approval is needed", async () => {
  const { engine, jobs, client } = world;
  await client.put("/v1/settings/{key}", {
    params: { path: { key: "operator_contacts" } },
    body: { value: { contacts: [{ channel: "telegram", address: "77" }] } },
  });
  const told = async (payoutId: string) =>
    (
      await sql<{ kind: string; title: string; body: string }>`
        select kind, title, body from notice where body like ${`%${payoutId}%`} order by created_at`.execute(
        engine.db,
      )
    ).rows;
  for (const decision of ["approve", "reject"] as const) {
    const { id, payeeId, address } = await asked();
    await client.put("/v1/payees/{id}/contact", {
      params: { path: { id: payeeId } },
      body: { contact: { channel: "email", address: "dora@payees.example" } },
    });
    const { id: authorisation } = await waiting(id);
    const tell = jobs.find(({ name }) => name === "desk.tell")!;
    await tell.run({}, { signal: signal(), attempt: 1, log: engine.log });
    expect((await told(authorisation)).map(({ kind }) => kind)).toEqual(["approval_needed"]);
    await decide(await approver(), id, decision);
    if (decision === "reject") {
      await until(id, "rejected");
      expect(await told(id)).toMatchObject([
        { kind: "payout_rejected", body: expect.stringContaining("Reason: not this month") as string },
      ]);
    } else {
      await until(id, "completed");
      expect(await onChain(address)).toBe(dollars(50));
      expect((await told(id)).map(({ kind }) => kind)).toEqual(["payout_approved", "payout_paid"]);
    }
  }
});
