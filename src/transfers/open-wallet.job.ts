import { inTransaction, sql, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { derivedId } from "../ids.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { accounts, balanceOf, isOwedByProcessors, postEntry, type Posting } from "../ledger/index.ts";
import { registry, type Money } from "../money/index.ts";
import type { TransferDeps } from "./deps.ts";
import { getWallet, lockWallet } from "./wallet.ts";
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
