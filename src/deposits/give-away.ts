import type { Holder } from "../arrivals/index.ts";
import { findAddresses } from "../addresses/index.ts";
import { sql, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { derivedId } from "../ids.ts";
import { enqueue } from "../jobs/index.ts";
import { accounts, postEntry } from "../ledger/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import { findNetwork } from "../chains/networks.ts";
import { registry } from "../money/index.ts";
import { lockOrder } from "../orders/index.ts";
import { markGathered, ordersRefresh, takeBackPayment } from "../payments/index.ts";
import { bookJudgements, reopenClaims } from "./book-deposit.ts";
import { lockDeposit, wakeClaims } from "./assign-deposit.ts";
import { depositLife, depositSuspense, type DepositRow } from "./deposit.ts";
import { depositIdOf, findDeposit } from "./deposit-store.ts";
import { creditByTerms } from "./judge-deposit.ts";
import { judgedOrderOf } from "./judged-order.ts";
import { readDepositPolicy } from "./settings.ts";
import { readSurplus } from "./surplus.ts";

const here = accounts.suspense(depositSuspense);

interface Step {
  readonly cause: Cause;
  readonly now: Date;
}

/**
 * Takes a deposit back from whoever has it, because two persons say that it is somebody else's: what its order's payees and we
 * had of it, each part from where it is now, and the surplus. The deposit is nobody's then, and its coins are in suspense.
 * @returns what of them was there to take, base units. What was converted or paid is our variance, against which is booked
 * what was taken of it in another form, or is owed back.
 * @throws {DomainError} `arrival_kept`: not to be taken now, with the reason.
 */
export async function takeBackDeposit(
  tx: Tx,
  { purpose_id: id, seq }: Pick<Holder, "purpose_id" | "seq">,
  step: Step,
): Promise<bigint> {
  const row = await lockDeposit(tx, id);
  const isBooked =
    ["credited", "in_review", "ignored"].includes(row?.status ?? "") && row?.reason !== givenAway;
  if (row === null || !row.final || !isBooked)
    throw kept(`Deposit ${id} is ${row?.status ?? "gone"}, and not final coins of anybody's.`);
  if (await isSold(tx, row.id))
    throw kept(`The coins of deposit ${row.id} were sold by hand, and what they brought was divided.`);
  const { cause, now } = step;
  // Whoever sends a surplus back decides under this lock, too: of the two the second one finds nothing. Orders before balances.
  if (row.order_id !== null) await lockOrder(tx, row.order_id, "no key update");
  const back = row.status === "credited" ? await takeBackCredited(tx, row, seq, step) : row.amount;
  await depositLife.advance(tx, {
    id,
    from: row.status,
    to: "ignored",
    cause,
    now,
    set: { reason: givenAway, payment_id: null, surplus_amount: 0n, order_id: null },
  });
  await reopenClaims({ tx, now }, row, cause);
  if (row.order_id !== null)
    await enqueue(tx, ordersRefresh, { id: row.order_id, cause: `deposit ${id} given away` });
  return back;
}

const givenAway = "reattributed";

const kept = (why: string): DomainError => new DomainError("arrival_kept", why);

async function takeBackCredited(tx: Tx, row: DepositRow, times: number, step: Step): Promise<bigint> {
  const { order_id: orderId, asset, surplus_amount: surplus } = row;
  const variance = accounts.platform("variance");
  const taken =
    row.payment_id === null
      ? 0n
      : await takeBackPayment(tx, row.payment_id, { here, elsewhere: variance }, step);
  if (surplus === 0n) return taken;
  if ((await readSurplus(tx, { orderId: orderId ?? "", asset })).amount < surplus)
    throw kept(
      `What deposit ${row.id} brought beyond its order's price went back to its payer, or is on its way.`,
    );
  const money = { asset, amount: surplus };
  await postEntry(tx, {
    id: derivedId("deposit", row.id, "surplus_taken_back", String(times)),
    reason: "deposit_surplus_taken_back",
    happenedAt: step.now,
    postings: [{ debit: accounts.surplus(orderId ?? ""), credit: here, money }],
  });
  return taken + surplus;
}

async function isSold(tx: Tx, id: string): Promise<boolean> {
  const { rows } = await sql`select from deposit where id = ${id} and conversion_id is not null`.execute(tx);
  return rows.length > 0;
}

/**
 * Whose an arrival is that two persons give to an order: a deposit, as any that an operator assigns.
 * @returns the claimant, and what books it for the order once the arrival is the claimant's.
 * @throws {DomainError} `arrival_kept`: no deposit, or one of which nobody knows the value; `unknown_order`
 */
export async function claimForOrder(
  tx: Tx,
  orderId: string,
  holder: Holder,
): Promise<{
  purpose: string;
  purposeId: string;
  credit: string;
  book: (times: number, step: Step) => Promise<void>;
}> {
  const { chain, transaction_hash: hash, receipt_index: index } = holder;
  const id =
    holder.purpose === "deposit" ? holder.purpose_id : depositIdOf(chain, hash, index.split("#")[0]!);
  const row = await findDeposit(tx, id);
  if (row === null || row.usd_micros === null)
    throw kept("Only what came to an address that payers are given, and has a value, can be an order's.");
  if (row.status === "credited" && row.order_id === orderId)
    throw kept(`Deposit ${id} is that order's already.`);
  if ((await judgedOrderOf(tx, orderId)) === null)
    throw new DomainError("unknown_order", `There is no order ${orderId}. Name an order of ours by its id.`);
  const usd = row.usd_micros;
  return {
    purpose: "deposit",
    purposeId: id,
    credit: here,
    async book(times, { cause, now }) {
      const family = findNetwork(chain)!.family;
      await depositLife.advance(tx, {
        id,
        from: "ignored",
        to: "in_review",
        cause,
        now,
        set: {
          ...depositLife.watchFrom("in_review", now),
          next_check_at: now,
          reason: givenAway,
          order_id: orderId,
        },
      });
      const free = (await lockDeposit(tx, id))!;
      // What was paid for the order is read again: it may be the one that the deposit was just taken from.
      const judged = (await judgedOrderOf(tx, orderId))!;
      const judgement = creditByTerms(row.amount, usd, judged, await readDepositPolicy(tx));
      const places = await findAddresses(tx, family, [row.address]);
      await bookJudgements({ tx, registry, places, now }, [{ row: free, judgement, cause, times }]);
      const booked = (await findDeposit(tx, id))!;
      if (booked.swept_at !== null && booked.payment_id !== null) await markGathered(tx, [booked.payment_id]);
      await wakeClaims(tx, booked);
    },
  };
}
