import { inTransaction, sql, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { derivedId } from "../ids.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { accounts, balanceOf, isOwedByProcessors, postEntry, type Posting } from "../ledger/index.ts";
import { registry, type Money } from "../money/index.ts";
import type { TransferDeps } from "./deps.ts";
import { recordReceipt } from "./record-receipt.ts";
import { getWallet, listWallets, lockWallet, type Wallet } from "./wallet.ts";
import { transferTasks } from "./tasks.ts";

/**
 * Books what a wallet held before this book knew it, once, as the operator's own funds. A wallet that is opened while a
 * processor owes us coins on its chain is opened empty: what lies there may be those coins, booked when they are followed.
 */
export const openWalletJob = (deps: TransferDeps): Job =>
  defineJob(transferTasks.openWallet, {
    async run({ id: walletId }, { signal, log }) {
      const wallet = await getWallet(deps.db, walletId);
      const chain = deps.chains.get(wallet.chain);
      if (!chain) throw new DomainError("unknown_chain", `No chain ${wallet.chain} is configured.`);
      if (wallet.opened_at !== null) return;
      const held: Money[] = [];
      for (const asset of registry.all.filter((one) => one.chain === wallet.chain && one.offered))
        held.push({ asset: asset.id, amount: await chain.balance(wallet.address, asset, signal) });
      const booked = await inTransaction(deps.db, (tx) => bookOpening(tx, walletId, held, deps.clock.now()));
      if (booked === "expecting_arrivals")
        log.error(
          { wallet: wallet.address },
          "the wallet was opened empty, because coins are on their way to it; book your own funds with `spillway wallets top-up`",
        );
      else
        log.info(
          { wallet: wallet.address, assets: booked },
          "the wallet's opening balances are booked as the operator's funds",
        );
    },
  });

async function bookOpening(
  tx: Tx,
  walletId: string,
  held: readonly Money[],
  now: Date,
): Promise<number | "expecting_arrivals"> {
  const wallet = await lockWallet(tx, walletId);
  if (wallet.opened_at !== null) return 0;
  await sql`update wallet set opened_at = ${now} where id = ${walletId}`.execute(tx);
  if (await isOwedByProcessors(tx, { chain: wallet.chain })) return "expecting_arrivals";
  const path = accounts.wallet(wallet.chain, wallet.address);
  const postings: Posting[] = [];
  for (const { asset, amount } of held) {
    const unbooked = amount - (await balanceOf(tx, path, asset));
    if (unbooked > 0n)
      postings.push({
        debit: path,
        credit: accounts.platform("funding"),
        money: { asset, amount: unbooked },
      });
  }
  if (postings.length > 0)
    await postEntry(tx, {
      id: derivedId("wallet", wallet.id, "opening"),
      reason: "wallet_opened",
      happenedAt: now,
      postings,
    });
  return postings.length;
}

/**
 * Books an operator's own top-up of a wallet, proved by the chain.
 * @returns the assets booked. @throws {DomainError} `top_up_not_final`, `top_up_not_found`, `receipt_already_attributed`
 */
export async function bookTopUp(
  deps: Pick<TransferDeps, "db" | "chains" | "clock">,
  topUp: { chain: string; transactionHash: string },
  signal: AbortSignal,
): Promise<{ asset: string; amount: bigint }[]> {
  const chain = deps.chains.get(topUp.chain);
  const wallets = await listWallets(deps.db, topUp.chain);
  if (!chain || wallets.length === 0)
    throw new DomainError("unknown_chain", `There is no wallet on ${topUp.chain}. Start the engine once.`);
  const hash = chain.normaliseHash(topUp.transactionHash);
  const own = await sql`select from transfer_attempt where transaction_hash = ${hash}`.execute(deps.db);
  if (own.rows.length > 0)
    throw new DomainError(
      "top_up_not_found",
      `${hash} is a transfer of ours and books itself. It needs no top-up.`,
    );
  const addresses = wallets.map((wallet) => wallet.address);
  const reading = await chain.readTransaction(hash, addresses, signal);
  if (reading.status === "not_found" || reading.status === "pending")
    throw new DomainError(
      "top_up_not_found",
      `The chain does not show ${hash} in a block yet. Try again later.`,
    );
  if (reading.status === "reverted" || reading.receipts.length === 0)
    throw new DomainError("top_up_not_found", `${hash} brought nothing to a wallet of ours. Check the hash.`);
  if (!reading.final)
    throw new DomainError("top_up_not_final", `${hash} is not final yet. Try again in some minutes.`);
  const now = deps.clock.now();
  const walletOf = (address: string): Wallet | undefined =>
    wallets.find((wallet) => wallet.address.toLowerCase() === address.toLowerCase());
  await inTransaction(deps.db, async (tx) => {
    for (const receipt of reading.receipts) {
      const wallet = walletOf(receipt.to)!;
      const from = walletOf(receipt.from); // coins moved between wallets of ours are no new funds
      await recordReceipt(tx, {
        chain: topUp.chain,
        transactionHash: hash,
        receipt,
        walletId: wallet.id,
        purpose: "top_up",
        purposeId: wallet.id,
        credit: from ? accounts.wallet(topUp.chain, from.address) : accounts.platform("funding"),
        happenedAt: reading.includedIn.blockTime,
        now,
      });
    }
  });
  return reading.receipts.map(({ asset, amount }) => ({ asset: asset.id, amount }));
}
