import type { Receipt } from "../chains/receiving.ts";
import type { TransactionReading } from "../chains/sending.ts";
import type { Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { derivedId } from "../ids.ts";
import { accounts, balanceOf, postEntry } from "../ledger/index.ts";
import { listWallets, ownWallets, type Wallet } from "../transfers/index.ts";
import { receiptsOf } from "./arrival-store.ts";
import { claimByWord } from "./claim-by-word.ts";
import type { ArrivalDeps } from "./deps.ts";
import { recordReceipt, type Arrival } from "./record-receipt.ts";

export interface TopUp {
  readonly chain: string;
  readonly transactionHash: string;
  readonly by: string;
}

type Landed = Extract<TransactionReading, { status: "succeeded" | "reverted" }>;

/**
 * Books what an operator sent to a wallet of ours, proved by the chain: their own funds, unless it came from an address of
 * ours; then it was moved.
 * @returns the assets booked.
 * @throws {DomainError} `top_up_not_found`, `top_up_brings_nothing`, `top_up_not_final`, `receipt_already_attributed`,
 * `arrival_expected_elsewhere`, `second_person_needed`, `moved_before_booked`
 * @throws {ProviderError} the chain gives no answer.
 */
export async function bookTopUp(
  deps: ArrivalDeps,
  topUp: TopUp,
  signal: AbortSignal,
): Promise<{ asset: string; amount: bigint }[]> {
  const chain = deps.chains.get(topUp.chain);
  const wallets = await listWallets(deps.db, topUp.chain);
  if (!chain || wallets.length === 0)
    throw new DomainError("unknown_chain", `There is no wallet on ${topUp.chain}. Start the engine once.`);
  const hash = chain.normaliseHash(topUp.transactionHash);
  const addresses = wallets.map(({ address }) => address);
  const reading = broughtBy(hash, topUp.chain, await chain.readTransaction(hash, addresses, signal));
  const now = deps.clock.now();
  const book = async (tx: Tx, secondPerson: string | null): Promise<readonly Receipt[]> => {
    const free = await withoutOthers(tx, topUp.chain, hash, reading.receipts);
    for (const receipt of free) {
      const wallet = wallets.find((one) => one.address.toLowerCase() === receipt.to.toLowerCase())!;
      const arrival = {
        chain: topUp.chain,
        transactionHash: hash,
        receipt,
        alongside: reading.receipts,
        wallet,
        happenedAt: reading.includedIn.blockTime,
        now,
        by: topUp.by,
      };
      const [from] = await ownWallets(tx, topUp.chain, [receipt.from]);
      if (from === undefined) await bookFunding(deps, tx, arrival, secondPerson);
      else await bookMove(deps, tx, arrival, { from, fee: reading.fee });
    }
    return free;
  };
  const input = { chain: topUp.chain, transactionHash: hash };
  const receipts = await claimByWord(deps, { subject: hash, input, by: topUp.by, now }, book);
  return receipts.map(({ asset, amount }) => ({ asset: asset.id, amount }));
}

/** @throws {DomainError} why there is nothing of it to book, or not yet. */
function broughtBy(hash: string, chain: string, reading: TransactionReading): Landed {
  if (reading.status === "not_found")
    throw new DomainError(
      "top_up_not_found",
      `${chain} does not know ${hash}. Check the hash and its chain; a transaction sent this minute may take a while to be seen.`,
    );
  if (reading.status === "pending")
    throw new DomainError("top_up_not_final", `${hash} is in no block yet. Try again in some minutes.`);
  if (reading.status === "reverted" || reading.receipts.length === 0)
    throw new DomainError(
      "top_up_brings_nothing",
      `${hash} brought nothing to a wallet of ours. Name the transaction that did.`,
    );
  if (!reading.final)
    throw new DomainError("top_up_not_final", `${hash} is not final yet. Try again in some minutes.`);
  return reading;
}

/** One transaction may bring somebody else's coins too: they stay theirs. Where all are, claiming them says whose they are. */
async function withoutOthers(
  tx: Tx,
  chain: string,
  hash: string,
  receipts: readonly Receipt[],
): Promise<readonly Receipt[]> {
  const held = await receiptsOf(tx, chain, hash);
  const others = held.filter(({ purpose }) => purpose !== "top_up" && purpose !== "move");
  const free = receipts.filter(({ index }) => !others.some((one) => one.receipt_index === index));
  return free.length > 0 ? free : receipts;
}

type Unclaimed = Omit<Arrival, "purpose" | "purposeId" | "credit">;

async function bookFunding(
  deps: ArrivalDeps,
  tx: Tx,
  arrival: Unclaimed,
  secondPerson: string | null,
): Promise<void> {
  await recordReceipt(tx, {
    ...arrival,
    purpose: "top_up",
    purposeId: arrival.wallet.id,
    credit: accounts.platform("funding"),
    evidence: "operator",
    expected: deps.arrivals,
    secondPerson,
  });
}

/**
 * Books that coins of ours are elsewhere now. At an address that the operator has the key of, more may lie than the book
 * knows: that is theirs, and new here. At ours, what the book does not know yet is somebody's payment.
 */
async function bookMove(
  deps: ArrivalDeps,
  tx: Tx,
  arrival: Unclaimed,
  { from, fee }: { from: Wallet; fee: bigint },
): Promise<void> {
  const { receipt, now } = arrival;
  const account = accounts.wallet(from.chain, from.address);
  const booked = await balanceOf(tx, account, receipt.asset.id);
  const recorded = await recordReceipt(tx, {
    ...arrival,
    purpose: "move",
    purposeId: from.id,
    credit: account,
    creditAtMost: {
      amount: from.kind === "watched" ? (booked > 0n ? booked : 0n) : null,
      surplusTo: accounts.platform("funding"),
    },
    evidence: "own_transfer",
  }).catch((error: unknown) => {
    if (!(error instanceof DomainError) || error.code !== "insufficient_funds") throw error;
    throw new DomainError(
      "moved_before_booked",
      `The book has only ${booked} base units of ${receipt.asset.id} at ${from.address}, and ${receipt.amount} left it. What came there is booked first: look at its deposits, then try again.`,
    );
  });
  if (recorded === "exists") return;
  await bookFee(tx, arrival, { account, fee });
  await deps.arrivals.moved(tx, { from, asset: receipt.asset.id, now });
}

/** A native coin's own sender paid the fee, from the same address. */
async function bookFee(
  tx: Tx,
  { chain, transactionHash, receipt, happenedAt, now }: Unclaimed,
  { account, fee }: { account: string; fee: bigint },
): Promise<void> {
  if (receipt.index !== "native") return;
  const left = await balanceOf(tx, account, receipt.asset.id);
  const amount = fee < left ? fee : left;
  if (amount <= 0n) return;
  await postEntry(tx, {
    id: derivedId("receipt", chain, transactionHash, receipt.index, "fee"),
    reason: "move_fee",
    happenedAt: happenedAt ?? now,
    postings: [
      {
        debit: accounts.platform("network_costs"),
        credit: account,
        money: { asset: receipt.asset.id, amount },
      },
    ],
  });
}
