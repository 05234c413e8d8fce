import { processorWallet } from "../sandbox/nowpayments.ts";
import { balanceOf, localAssetIds } from "../sandbox/tokens.ts";
import { sql, type Database, type Db, type RawBuilder } from "../src/database/index.ts";
import { verifyLedger } from "../src/ledger/index.ts";
import { findUnowned } from "../src/desk/index.ts";
import { overseen } from "../src/engine/index.ts";
import { checkInvariants } from "../src/reconciliation/index.ts";
import { oursOf, readChainTruth, type ChainTruth, type Move } from "./chain-truth.ts";
import { readSums, type Sums } from "./sums.ts";
import { signedWhilePaused, signedWithoutValidWord, type Row } from "./word-of-transfers.ts";
import { payer, type OutsideWorld } from "./world.ts";

const hourMs = 3_600_000;

export type { Sums } from "./sums.ts";

/** A promise that does not hold. */
export interface Finding {
  readonly check: string;
  readonly detail: string;
}

interface Judged {
  readonly database: Database;
  readonly world: OutsideWorld;
  readonly wallet: string;
  readonly now: Date;
}

/** What is still on its way, or waits for a person; not what waits for more earnings or a threshold. */
export async function countUnfinished(db: Db): Promise<number> {
  return (await leftovers(db)).length;
}

async function rowsOf(db: Db, check: string, query: RawBuilder<Row>): Promise<Finding[]> {
  const { rows } = await query.execute(db);
  return rows.map(({ id, detail }) => ({ check, detail: `${id}: ${detail}` }));
}

/** SQL, payment ids: their coins lie at a payer's address, and gathering them waits for a lower fee. */
const notWorthItsFee = sql`(
  select d.payment_id from deposit d join wallet w on lower(w.address) = lower(d.address)
  join deposit_sweep g on g.wallet_id = w.id and g.asset = d.asset
  where d.payment_id is not null and g.status = 'waiting' and g.reason = 'fee_share_too_high')`;

/** SQL, payment ids: two persons gave to somebody else what settled them, so that their processor owes it by the book. */
const givenAway = sql`(
  select p.id from payment p join wallet_receipt r on r.transaction_hash = p.settlement_hash
  where r.evidence in ('reattributed', 'none'))`;

/** Nothing may be left that nobody will look at again. */
async function leftovers(db: Db): Promise<Finding[]> {
  return [
    ...(await rowsOf(
      db,
      "unfinished",
      sql<Row>`
        select 'swap ' || id as id, status || ' ' || coalesce(waiting_reason, '') as detail from swap where status not in ('delivered', 'refunded', 'expired', 'rejected', 'written_off')
        union all select 'transfer ' || id, status || ' ' || coalesce(waiting_reason, review_reason, '') from transfer where status in ('planned', 'signed', 'broadcast', 'included', 'in_review')
        union all select 'payout ' || id, status || ' ' || coalesce(review_reason, '') from payout where status not in ('completed', 'failed', 'rejected', 'cancelled')
        union all select 'conversion ' || id, status from conversion where status not in ('distributed', 'released')
        union all select 'payment ' || id, status || ' ' || arrival || ' ' || coalesce(review_reason, '') from payment
          where status in ('confirming', 'confirmed', 'in_review') or (status = 'settled' and arrival = 'expected' and id not in ${notWorthItsFee} and id not in ${givenAway})
        union all select 'deposit ' || id, status || ' ' || coalesce(reason, '') from deposit
          where status in ('confirming', 'in_review') or (status = 'credited' and not final)
        union all select 'sweep ' || id, status || ' ' || coalesce(reason, '') from deposit_sweep
          where status in ('waiting_for_gas', 'sending') or (status = 'waiting' and reason is distinct from 'fee_share_too_high')
        union all select 'refund ' || id, status || ' ' || coalesce(reason, '') from refund where status in ('awaiting_address', 'waiting', 'sending', 'stopped')
        union all select 'event ' || id, status from processor_event where status in ('received', 'in_review')`,
    )),
    ...(await rowsOf(db, "dead_letter", sql<Row>`select task as id, error as detail from job_dead_letter`)),
    ...(await rowsOf(
      db,
      "orphan_swap",
      sql<Row>`
        select s.id::text as id, s.purpose || ' is gone' as detail from swap s
        left join conversion c on s.purpose = 'conversion' and c.id = s.purpose_id
        left join payout_attempt a on s.purpose = 'payout_attempt' and a.id = s.purpose_id
        where c.id is null and a.id is null`,
    )),
    ...(await rowsOf(
      db,
      "orphan_transfer",
      sql<Row>`
        select t.id::text as id, t.purpose || ' is gone' as detail from transfer t
        left join swap s on t.purpose = 'swap' and s.id = t.purpose_id
        left join payout_attempt a on t.purpose = 'payout_attempt' and a.id = t.purpose_id
        left join refund_attempt r on t.purpose = 'refund_attempt' and r.id = t.purpose_id
        left join deposit_sweep g on t.purpose in ('sweep', 'sweep_gas') and g.id = t.purpose_id
        where s.id is null and a.id is null and r.id is null and g.id is null`,
    )),
  ];
}

/** The key is ours alone in a simulated world, so nothing but our own mistake takes a nonce from us or stops a wallet. */
async function ownMistakes(db: Db): Promise<Finding[]> {
  return [
    ...(await rowsOf(
      db,
      "displaced_by_ourselves",
      sql<Row>`select id::text, 'another transaction of ours has nonce ' || slot_number as detail from transfer where status = 'displaced'`,
    )),
    ...(await rowsOf(
      db,
      "wallet_paused",
      sql<Row>`select address as id, paused_reason as detail from wallet where paused_reason is not null`,
    )),
  ];
}

interface SentTransfer {
  id: string;
  asset: string;
  amount: bigint;
  to_address: string;
  transaction_hash: string | null;
}

/** Each transfer that the book calls final moved its coins once, and nothing else ever left an address of ours. */
async function sentOnce(db: Db, truth: ChainTruth, ours: ReadonlySet<string>): Promise<Finding[]> {
  const findings: Finding[] = [];
  const { rows } = await sql<SentTransfer>`
    select id::text, asset, amount, to_address, transaction_hash from transfer where status = 'final'`.execute(
    db,
  );
  const left = new Map<string, Move[]>();
  for (const move of truth.moves)
    if (ours.has(move.from)) left.set(move.hash, [...(left.get(move.hash) ?? []), move]);
  for (const transfer of rows) {
    const moves = left.get(transfer.transaction_hash ?? "") ?? [];
    const [move] = moves;
    const right =
      moves.length === 1 &&
      move!.asset === transfer.asset &&
      move!.amount === transfer.amount &&
      move!.to === transfer.to_address.toLowerCase();
    if (!right) findings.push({ check: "transfer_not_on_chain", detail: transfer.id });
    left.delete(transfer.transaction_hash ?? "");
  }
  for (const [hash, moves] of left)
    for (const { asset, amount, to } of moves)
      findings.push({ check: "sent_without_transfer", detail: `${hash}: ${amount} ${asset} to ${to}` });
  return findings;
}

const exchangesOf = ({ changenow, simpleswap }: OutsideWorld) => [
  ...changenow.exchanges(),
  ...simpleswap.exchanges(),
];

/** A payee is paid a second time only where absence was proved when one person gave a swap up, or where two persons said so. */
function paidTwiceByTwo(db: Db): Promise<Finding[]> {
  return rowsOf(
    db,
    "paid_twice_by_one",
    sql<Row>`
      select r.id::text, 'swap ' || s.id || ' to ' || s.target_asset || ' was given up by one person' as detail
      from recoverable r join swap s on s.purpose = 'payout_attempt' and s.purpose_id = r.id
      join payout_attempt a on a.id = r.id
      where r.reason = 'paid_twice' and not exists (select from authorisation d join approval p on p.authorisation_id = d.id
        where d.subject = 'change' and d.status = 'applied' and d.terms ->> 'of' in (s.id::text, a.payout_id::text))`,
  );
}

interface PaidOut {
  id: string;
  asset: string;
  amount: bigint;
  destination_asset: string;
  destination_address: string;
  sent: number;
  status: string;
}

/**
 * Each completed payout left exactly once, and no other one left at all; but for what was given up as lost and paid again,
 * which its payee owes back should it reach them.
 */
async function paidOnce({ database, world }: Judged): Promise<Finding[]> {
  const findings: Finding[] = [];
  const { rows } = await sql<PaidOut>`
    select o.id::text, o.asset, o.amount, o.destination_asset, o.destination_address, o.status,
      count(t.id) filter (where t.status = 'final' and (coalesce(s.status, 'delivered') not in ('refunded', 'written_off')
        or (s.loss_finding = 'delivered' and a.status = 'succeeded'))) as sent
    from payout o join payout_attempt a on a.payout_id = o.id
    left join swap s on s.purpose = 'payout_attempt' and s.purpose_id = a.id
    left join transfer t on t.id = s.transfer_id or (t.purpose = 'payout_attempt' and t.purpose_id = a.id)
    group by o.id`.execute(database.db);
  for (const payout of rows) {
    const expected = payout.status === "completed" ? 1 : 0;
    if (["completed", "failed"].includes(payout.status) && payout.sent !== expected)
      findings.push({
        check: "payout_left",
        detail: `${payout.id} is ${payout.status} and left ${payout.sent} times`,
      });
  }
  const delivered = exchangesOf(world).filter(({ status }) => status === "finished");
  const { rows: known } = await sql<{
    provider_id: string;
    status: string;
    hash: string | null;
    by_two: boolean;
  }>`
    select provider_id, lower(payout_hash) as hash, case loss_finding when 'delivered' then 'delivered' else status end as status,
      exists (select from swap_delivery d where d.swap_id = swap.id and d.receipt_index like 'word:%') as by_two
    from swap where provider_id is not null`.execute(database.db);
  // What came for a conversion that was given up, or that two persons gave to somebody else, is booked as what it is then.
  const receipts = await sql<{ hash: string; given: boolean }>`
    select lower(transaction_hash) as hash, evidence in ('reattributed', 'none') as given from wallet_receipt`.execute(
    database.db,
  );
  const ours = new Set(receipts.rows.map(({ hash }) => hash));
  const given = new Set(receipts.rows.filter((one) => one.given).map(({ hash }) => hash));
  const byId = new Map(known.map((swap) => [swap.provider_id, swap]));
  for (const { id, payoutHash } of delivered) {
    const swap = byId.get(id);
    if (swap?.status === "written_off" && ours.has(String(payoutHash).toLowerCase())) continue;
    if (swap?.status !== "delivered" && !given.has(String(payoutHash).toLowerCase()))
      findings.push({
        check: "delivery_not_booked",
        detail: `${id} is ${swap?.status ?? "not in the book"}`,
      });
    else if (swap?.status === "delivered" && !swap.by_two && swap.hash !== String(payoutHash).toLowerCase())
      findings.push({
        check: "delivered_by_another_transaction",
        detail: `${id} was delivered by ${String(payoutHash)}, and is booked as delivered by ${swap.hash}`,
      });
  }
  return findings;
}

/** Each exchange at the provider was funded at most once, with what it was made for. */
async function fundedOnce(
  { database, world }: Judged,
  truth: ChainTruth,
  wallet: string,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const { rows } = await sql<{ payin_address: string; source_amount: bigint; source_asset: string }>`
    select payin_address, source_amount, source_asset from swap where payin_address is not null`.execute(
    database.db,
  );
  const swaps = new Map(rows.map((swap) => [swap.payin_address.toLowerCase(), swap]));
  for (const { id, payinAddress } of exchangesOf(world)) {
    const deposits = truth.moves.filter(
      ({ from, to }) => from === wallet.toLowerCase() && to === payinAddress.toLowerCase(),
    );
    const swap = swaps.get(payinAddress.toLowerCase());
    if (deposits.length > 1) findings.push({ check: "funded_twice", detail: id });
    if (deposits.length === 1 && swap?.source_amount !== deposits[0]!.amount)
      findings.push({ check: "funded_wrongly", detail: id });
  }
  return findings;
}

/** What the processor settled to us is what we have booked, payment by payment. */
async function settledOnce({ database }: Judged, truth: ChainTruth, wallet: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  const settlements = new Map(
    truth.moves
      .filter(({ from, to }) => from === processorWallet.toLowerCase() && to === wallet.toLowerCase())
      .map((move) => [move.hash, move]),
  );
  const { rows } = await sql<{
    id: string;
    settled_asset: string;
    settled_amount: bigint;
    settlement_hash: string | null;
  }>`
    select id::text, settled_asset, settled_amount, settlement_hash from payment
    where status in ('settled', 'refunded') and settlement_hash is not null and processor <> 'chain'`.execute(
    database.db,
  );
  for (const payment of rows) {
    const move = settlements.get(payment.settlement_hash ?? "");
    settlements.delete(payment.settlement_hash ?? "");
    if (move?.asset !== payment.settled_asset || move.amount !== payment.settled_amount)
      findings.push({
        check: "settled_wrongly",
        detail: `${payment.id} books ${payment.settled_amount} ${payment.settled_asset}, the chain shows ${move?.amount ?? "nothing"}`,
      });
  }
  for (const { hash, amount, asset } of settlements.values())
    findings.push({ check: "payment_lost", detail: `${hash}: ${amount} ${asset} is no payment of ours` });
  return findings;
}

async function walletsAgree({ database, world }: Judged, ours: ReadonlySet<string>): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const address of ours)
    for (const asset of localAssetIds) {
      const { rows } = await sql<{ booked: bigint }>`
        select coalesce(-sum(ledger_balance(path, asset)), 0) as booked from ledger_account
        where lower(path) = ${`wallet:ethereum:${address}`} and asset = ${asset}`.execute(database.db);
      const onChain = await balanceOf(world.chain, address, asset);
      const { booked } = rows[0]!;
      if (booked !== onChain)
        findings.push({
          check: "wallet_differs",
          detail: `${address} ${asset}: booked ${booked}, on chain ${onChain}`,
        });
    }
  return findings;
}

/** Whatever was paid straight is in the book under its transaction, whichever look saw it. */
async function directBooked(db: Db, truth: ChainTruth): Promise<Finding[]> {
  const { rows } = await sql<{ key: string }>`
    select transaction_hash || ' ' || asset || ' ' || amount as key from deposit where status <> 'reversed'`.execute(
    db,
  );
  const booked = new Set(rows.map(({ key }) => key));
  return truth.moves
    .filter(
      ({ from, hash, asset, amount }) =>
        from === payer.toLowerCase() && !booked.has(`${hash} ${asset} ${amount}`),
    )
    .map(({ hash, asset, amount, to }) => ({
      check: "payment_lost",
      detail: `${hash}: ${amount} ${asset} to ${to} is no deposit of ours`,
    }));
}

/** Whatever came to our wallet from others is in the book under its transaction. */
async function arrivalsBooked(
  db: Db,
  truth: ChainTruth,
  { wallet, ours }: { wallet: string; ours: ReadonlySet<string> },
): Promise<Finding[]> {
  const { rows } = await sql<{ key: string }>`
    select transaction_hash || ' ' || asset || ' ' || amount as key from wallet_receipt`.execute(db);
  const booked = new Set(rows.map(({ key }) => key));
  return truth.moves
    .filter(
      ({ to, from, hash, asset, amount }) =>
        to === wallet.toLowerCase() && !ours.has(from) && !booked.has(`${hash} ${asset} ${amount}`),
    )
    .map(({ hash, asset, amount, from }) => ({
      check: "arrival_not_booked",
      detail: `${hash}: ${amount} ${asset} from ${from}`,
    }));
}

/** Everything that must be true when the world has come to rest. */
export async function checkWorld(judged: Judged): Promise<{ findings: Finding[]; sums: Sums }> {
  const { database, world, wallet } = judged;
  const { db } = database;
  const truth = await readChainTruth(world.chain);
  const invariants = (await checkInvariants(db)).map(({ check, id, detail }) => ({
    check,
    detail: `${id}: ${detail}`,
  }));
  const verification = await verifyLedger(db);
  const ours = oursOf(truth, wallet);
  const sums = await readSums(db, truth, { chain: world.chain, ours });
  const findings: Finding[] = [
    ...invariants,
    ...verification.problems.map((problem) => ({ check: "ledger", detail: JSON.stringify(problem) })),
    ...(await leftovers(db)),
    ...(await ownMistakes(db)),
    ...(await walletsAgree(judged, ours)),
    ...(await arrivalsBooked(db, truth, { wallet, ours })),
    ...(await directBooked(db, truth)),
    ...(await sentOnce(db, truth, ours)),
    ...(await paidOnce(judged)),
    ...(await paidTwiceByTwo(db)),
    ...(await rowsOf(db, "signed_without_valid_word", signedWithoutValidWord)),
    ...(await rowsOf(db, "signed_while_paused", signedWhilePaused)),
    ...(await fundedOnce(judged, truth, wallet)),
    ...(await settledOnce(judged, truth, wallet)),
    ...sums
      .filter(({ unexplained, wallet: at }) => unexplained !== 0n || at.unexplained !== 0n)
      .map(({ asset, unexplained, wallet: at }) => ({
        check: "sums",
        detail: `${asset}: ${unexplained} of the customers' coins and ${at.unexplained} of the wallet's unexplained`,
      })),
    ...(await findUnowned({ db, desk: overseen }, judged.now, { lateMs: 2 * hourMs })).map(
      ({ thing, id, problem }) => ({
        check: "unowned",
        detail: `${thing} ${id}: ${problem}`,
      }),
    ),
  ];
  return { findings, sums };
}
