import type { Receipt } from "../chains/receiving.ts";
import { rowArrays, sql, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { derivedId } from "../ids.ts";
import {
  accounts,
  balanceOf,
  postEntries,
  reverseEntry,
  type JournalEntry,
  type Posting,
} from "../ledger/index.ts";
import { getWallet, ownTransactionsAmong, ownWallets, type WalletPlace } from "../transfers/index.ts";
import { archive, bookedOf, findHolders, lockArrivals, nameOf, type Holder } from "./arrival-store.ts";
import { ArrivalContradicted, isContradicted, type Leg } from "./contradiction.ts";
import { beats, type StrongEvidence, type WeakEvidence } from "./evidence.ts";
import { refuseExpected, type ExpectDeps } from "./expected.ts";

/** Coins that came to a wallet of ours, in a transaction that is final. */
export interface Arrival {
  readonly chain: string;
  /** In the chain's normal form: the arrival's identity hangs on it. */
  readonly transactionHash: string;
  readonly receipt: Receipt;
  /**
   * All that the same reading shows of the transaction. Null: the claimant's room has compared what it read with what is booked.
   */
  readonly alongside: readonly Receipt[] | null;
  /** The wallet that they came to. */
  readonly wallet: WalletPlace;
  /** With `purposeId`, who claims it. */
  readonly purpose: string;
  readonly purposeId: string;
  /** The account credited against the wallet. */
  readonly credit: string;
  /** `credit` gets no more than this; what arrived beyond goes to another account. */
  readonly creditAtMost?: { readonly amount: bigint | null; readonly surplusTo: string };
  /** When the coins moved; `now` if absent. */
  readonly happenedAt?: Date;
  readonly now: Date;
  /** Who says so: "api_key:<id>", "cli", or the job or provider's own word. */
  readonly by: string;
}

/** By what the claimant says so. Weak evidence gives way to whoever still expects such coins. */
export type Claim = Arrival &
  (
    | { readonly evidence: StrongEvidence; readonly why?: Reattribution }
    | { readonly evidence: WeakEvidence; readonly expected: ExpectDeps; readonly secondPerson: string | null }
  );

/** What an operator says to an attribution that differs from the one before. */
export interface Reattribution {
  readonly reason: string;
  readonly proof: string;
  /** Base units that whoever had the coins can give back, where its room knows; the rest is a loss of the platform's. */
  readonly released: bigint | null;
  /** What the new claimant holds it by: "none" for coins that are to be nobody's. */
  readonly holdsBy: "reattributed" | "none";
}

/**
 * Claims an arrival and books it, in the caller's transaction: the one rule for all claimants. The same claim again changes
 * nothing; stronger evidence takes the coins from whoever has them, by an entry that takes back theirs, and the history is
 * kept. Safe to repeat.
 * @throws {DomainError} `receipt_already_attributed`: somebody has these very coins on evidence that is as good or better;
 * `arrival_expected_elsewhere`, `second_person_needed`: somebody else still waits for coins like them.
 * @throws {ArrivalContradicted} the reading denies what is booked of the transaction for good.
 */
export async function recordReceipt(tx: Tx, claim: Claim): Promise<"recorded" | "exists"> {
  const { outcomes, entries, write } = await claimReceipts(tx, [claim]);
  await postEntries(tx, entries);
  await write();
  return outcomes[0]!;
}

/** Arrivals that are the claimants' once their entries are posted and they are written. */
export interface ClaimedReceipts {
  /** For each claim, in the order given. */
  readonly outcomes: readonly ("recorded" | "exists")[];
  /** What the caller posts, all of it, before `write`. */
  readonly entries: readonly JournalEntry[];
  /** Must follow, in the same transaction. */
  write(): Promise<void>;
}

/**
 * The same of several arrivals, all or none, for a caller that has more to post: what comes and goes on in one call of the ledger
 * moves no balance between.
 * @param claims no two of the same arrival.
 */
export async function claimReceipts(tx: Tx, claims: readonly Claim[]): Promise<ClaimedReceipts> {
  for (const claim of claims) assertOurs(claim);
  await lockArrivals(tx, claims.map(placeOf));
  const holders = await findHolders(tx, claims.map(placeOf));
  const outcomes: ("recorded" | "exists")[] = [];
  const unclaimed: Claim[] = [];
  for (const claim of claims) {
    const holder = holders.get(nameOf(placeOf(claim))) ?? null;
    if (holder !== null) await assertSame(tx, claim, holder);
    if (holder !== null && isSaidAlready(claim, holder)) {
      outcomes.push("exists");
      continue;
    }
    if (holder !== null && !takes(claim, holder)) throw attributedTo(claim, holder);
    if (claim.wallet.kind === "hot") await assertNotOurMove(tx, claim);
    if (claim.evidence === "operator" || claim.evidence === "amount_and_time")
      await assertNotExpected(tx, claim);
    if (holder === null) {
      await assertNotContradicted(tx, claim);
      unclaimed.push(claim);
    } else await displace(tx, claim, holder);
    outcomes.push("recorded");
  }
  const booked = unclaimed.map((claim) => ({ claim, entryId: firstEntryId(claim) }));
  return { outcomes, entries: booked.map(entryOf), write: () => insertReceipts(tx, booked) };
}

/** A deposit that two persons give to another order stays a deposit, and changes hands all the same. */
const isSaidAlready = (claim: Claim, holder: Holder): boolean =>
  holder.purpose === claim.purpose &&
  holder.purpose_id === claim.purposeId &&
  !(claim.evidence === "reattributed" && claim.purpose === "deposit");

/** What two persons say with a proof beats what was said so before; only what the chain shows of ourselves stands above it. */
const takes = ({ evidence }: Claim, holder: Holder): boolean =>
  beats(evidence, holder.evidence) || (evidence === "reattributed" && holder.evidence === "reattributed");

const placeOf = ({ chain, transactionHash, receipt }: Arrival) => ({
  chain,
  transactionHash,
  index: receipt.index,
});

function assertOurs({ chain, receipt, wallet }: Arrival): void {
  if (
    receipt.asset.chain !== wallet.chain ||
    wallet.chain !== chain ||
    receipt.to.toLowerCase() !== wallet.address.toLowerCase()
  )
    throw new DomainError("wrong_recipient", `This arrival on ${chain} is not to wallet ${wallet.address}.`);
}

/** What is booked under an index is never something else, also to whoever has it already and asks once more. */
async function assertSame(
  tx: Tx,
  { chain, transactionHash, receipt, alongside, wallet }: Claim,
  holder: Holder,
): Promise<void> {
  const { asset, amount } = receipt;
  if (holder.asset === asset.id && holder.amount === amount && holder.wallet_id === wallet.id) return;
  const { address } = await getWallet(tx, holder.wallet_id);
  const { receipt_index: index } = holder;
  throw new ArrivalContradicted({
    chain,
    transactionHash,
    booked: [{ index, asset: holder.asset, amount: holder.amount, to: address }],
    read: (alongside ?? [receipt]).map(legOf),
  });
}

const legOf = ({ index, asset, amount, to }: Receipt): Leg => ({ index, asset: asset.id, amount, to });

/** An arrival under a new index may be one that is booked already, by a node that counts otherwise. */
async function assertNotContradicted(
  tx: Tx,
  { chain, transactionHash, receipt, alongside, wallet }: Claim,
): Promise<void> {
  if (alongside === null) return;
  const booked = await bookedOf(tx, { chain, transactionHash, walletId: wallet.id, asset: receipt.asset.id });
  if (booked.length === 0) return;
  const legs = booked.map(({ index, asset, amount }) => ({ index, asset, amount, to: wallet.address }));
  const read = alongside
    .filter(
      ({ asset, to }) => asset.id === receipt.asset.id && to.toLowerCase() === wallet.address.toLowerCase(),
    )
    .map(legOf);
  if (isContradicted({ booked: legs, read }, { complete: true }))
    throw new ArrivalContradicted({ chain, transactionHash, booked: legs, read });
}

const attributedTo = (
  { chain, transactionHash, receipt, purpose, purposeId }: Arrival,
  holder: { purpose: string; purpose_id: string },
): DomainError =>
  new DomainError(
    "receipt_already_attributed",
    `The coins of ${transactionHash} (${receipt.index}) already belong to ${holder.purpose} ${holder.purpose_id}.`,
    { chain, transactionHash, index: receipt.index, purpose, purposeId },
  );

/** Coins from an address of ours are a move, whoever calls them something else. */
async function assertNotOurMove(tx: Tx, claim: Claim): Promise<void> {
  const { chain, transactionHash, receipt, evidence } = claim;
  if ((await ownTransactionsAmong(tx, chain, [transactionHash])).has(transactionHash))
    throw attributedTo(claim, { purpose: "transfer", purpose_id: transactionHash });
  if (evidence === "own_transfer") return;
  const [from] = await ownWallets(tx, chain, [receipt.from]);
  if (from !== undefined && from.kind !== "watched")
    throw new DomainError(
      "receipt_already_attributed",
      `The coins of ${transactionHash} (${receipt.index}) came from ${from.address}, which is ours: they were moved, and nobody brought them.`,
      { chain, transactionHash, index: receipt.index },
    );
}

async function assertNotExpected(tx: Tx, claim: Extract<Claim, { expected: ExpectDeps }>): Promise<void> {
  const { chain, receipt, transactionHash: hash, purposeId, secondPerson, now } = claim;
  const { asset, amount } = receipt;
  const coins = { chain, asset: asset.id, amount, hash, claimantId: purposeId, payeeAddress: null };
  const refusal = await refuseExpected(tx, claim.expected, coins, { secondPerson, now });
  if (refusal !== null) throw refusal;
}

/** An arrival that was nobody's, with the entry that books it. */
interface Unclaimed {
  readonly claim: Claim;
  readonly entryId: string;
}

const entryOf = ({ claim, entryId }: Unclaimed): JournalEntry => ({
  id: entryId,
  reason: `${claim.purpose}_received`,
  happenedAt: claim.happenedAt ?? claim.now,
  postings: postingsOf(claim, accounts.wallet(claim.chain, claim.wallet.address)),
});

const columnsOfReceipt = {
  chain: "text",
  transaction_hash: "text",
  receipt_index: "text",
  wallet_id: "uuid",
  asset: "text",
  amount: "numeric",
  from_address: "text",
  purpose: "text",
  purpose_id: "uuid",
  entry_id: "uuid",
  received_at: "timestamptz",
  evidence: "text",
  credit_account: "text",
  attributed_by: "text",
  attributed_at: "timestamptz",
  reason: "text",
  proof: "text",
} as const;

async function insertReceipts(tx: Tx, booked: readonly Unclaimed[]): Promise<void> {
  if (booked.length === 0) return;
  const rows = booked.map(({ claim, entryId }) => {
    const why = "why" in claim ? claim.why : undefined;
    return {
      chain: claim.chain,
      transaction_hash: claim.transactionHash,
      receipt_index: claim.receipt.index,
      wallet_id: claim.wallet.id,
      asset: claim.receipt.asset.id,
      amount: claim.receipt.amount,
      from_address: claim.receipt.from,
      purpose: claim.purpose,
      purpose_id: claim.purposeId,
      entry_id: entryId,
      received_at: claim.happenedAt ?? claim.now,
      evidence: claim.evidence,
      credit_account: claim.credit,
      attributed_by: claim.by,
      attributed_at: claim.now,
      reason: why?.reason,
      proof: why?.proof,
    };
  });
  const columns = sql.join(Object.keys(columnsOfReceipt).map((column) => sql.ref(column)));
  await sql`
    insert into wallet_receipt (${columns}) select * from ${rowArrays("claimed", columnsOfReceipt, rows)}`.execute(
    tx,
  );
}

const firstEntryId = ({ chain, transactionHash, receipt }: Arrival): string =>
  derivedId("receipt", chain, transactionHash, receipt.index);

/** Takes the coins from whoever has them and books them for the claimant, in one step of the ledger. */
async function displace(tx: Tx, claim: Claim, holder: Holder): Promise<void> {
  const { chain, transactionHash, receipt, wallet, purpose, purposeId, credit, evidence, by, now } = claim;
  const seq = holder.seq + 1;
  const why = "why" in claim ? claim.why : undefined;
  const left = await stillThere(tx, holder, why?.released ?? null);
  const lost = holder.amount - left;
  const walletAccount = accounts.wallet(chain, wallet.address);
  const entryId = derivedId("receipt", chain, transactionHash, receipt.index, String(seq));
  const reversalId = derivedId("receipt", holder.entry_id, "displaced");
  const asset = receipt.asset.id;
  const taken: Posting[] = [
    { debit: holder.credit_account, credit: walletAccount, money: { asset, amount: left } },
    { debit: accounts.platform("variance"), credit: walletAccount, money: { asset, amount: lost } },
  ];
  await postEntries(tx, [
    {
      id: reversalId,
      reason: `${holder.purpose}_displaced`,
      happenedAt: now,
      reverses: holder.entry_id,
      postings: taken.filter(({ money }) => money.amount > 0n),
    },
    {
      id: entryId,
      reason: `${purpose}_received`,
      happenedAt: now,
      postings: postingsOf(claim, walletAccount),
    },
  ]);
  await archive(tx, holder, { reversalId, lost, now });
  await sql`
    update wallet_receipt set seq = ${seq}, purpose = ${purpose}, purpose_id = ${purposeId}, entry_id = ${entryId},
      evidence = ${why?.holdsBy ?? evidence}, credit_account = ${credit}, attributed_by = ${by}, attributed_at = ${now},
      reason = ${why?.reason ?? null}, proof = ${why?.proof ?? null}, lost = ${lost}, looked_at = null
    where chain = ${chain} and transaction_hash = ${transactionHash} and receipt_index = ${receipt.index}`.execute(
    tx,
  );
}

/** These booked the coins to an account and did nothing with them since: what stands there is theirs to take back. */
const untouched: ReadonlySet<string> = new Set(["top_up", "swap_surplus", "unclaimed"]);

/** How much of an arrival its holder can give back. What it handed on is gone, and the platform bears it. */
async function stillThere(tx: Tx, holder: Holder, released: bigint | null): Promise<bigint> {
  if (released !== null) return released;
  if (!untouched.has(holder.purpose)) return 0n;
  // The owner's funds may become less than nothing: then the owner owes what was taken for theirs.
  if (holder.credit_account === accounts.platform("funding")) return holder.amount;
  const held = await balanceOf(tx, holder.credit_account, holder.asset);
  return held < holder.amount ? (held > 0n ? held : 0n) : holder.amount;
}

/**
 * Takes an arrival out of the books that the chain took back. Should it come again, it must be recorded under another index.
 * Safe to repeat.
 */
export async function takeBackReceipt(
  tx: Tx,
  at: { chain: string; transactionHash: string; index: string; now: Date },
): Promise<void> {
  const { rows } = await sql<{ entry_id: string }>`
    delete from wallet_receipt
    where chain = ${at.chain} and transaction_hash = ${at.transactionHash} and receipt_index = ${at.index}
    returning entry_id`.execute(tx);
  const entry = rows[0]?.entry_id;
  if (entry !== undefined)
    await reverseEntry(tx, {
      id: derivedId("receipt", entry, "reversed"),
      reverses: entry,
      happenedAt: at.now,
    });
}

function postingsOf({ receipt, credit, creditAtMost }: Arrival, walletAccount: string) {
  const most = creditAtMost?.amount ?? receipt.amount;
  const credited = receipt.amount < most ? receipt.amount : most;
  const parts = [
    { account: credit, amount: credited },
    { account: creditAtMost?.surplusTo ?? credit, amount: receipt.amount - credited },
  ];
  return parts
    .filter((part) => part.amount > 0n)
    .map((part) => ({
      debit: walletAccount,
      credit: part.account,
      money: { asset: receipt.asset.id, amount: part.amount },
    }));
}
