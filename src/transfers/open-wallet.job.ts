import { z } from "zod";
import { inTransaction, sql } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { derivedId } from "../ids.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { accounts, balanceOf, postEntry, type Posting } from "../ledger/index.ts";
import { registry } from "../money/index.ts";
import type { TransferDeps } from "./deps.ts";
import { recordReceipt } from "./record-receipt.ts";
import { findWallet, getWallet } from "./wallet.ts";

/**
 * Books what a wallet held before this book knew it, once, as the operator's own funds. Until then nothing is booked in
 * the wallet, so nothing is sent from it.
 */
export const openWalletJob = (deps: TransferDeps): Job =>
  defineJob({
    name: "transfers.open_wallet",
    payload: z.object({ walletId: z.uuid() }),
    async run({ walletId }, { signal, log }) {
      const wallet = await getWallet(deps.db, walletId);
      const chain = deps.chains.get(wallet.chain);
      if (!chain) throw new DomainError("unknown_chain", `No chain ${wallet.chain} is configured.`);
      const entryId = derivedId("wallet", wallet.id, "opening");
      const known = await sql`select from journal_entry where id = ${entryId}`.execute(deps.db);
      if (known.rows.length > 0) return;
      const path = accounts.wallet(wallet.chain, wallet.address);
      const postings: Posting[] = [];
      for (const asset of registry.all.filter((one) => one.chain === wallet.chain && one.offered)) {
        const found =
          (await chain.balance(wallet.address, asset, signal)) - (await balanceOf(deps.db, path, asset.id));
        if (found > 0n)
          postings.push({
            debit: path,
            credit: accounts.platform("funding"),
            money: { asset: asset.id, amount: found },
          });
      }
      if (postings.length === 0) return;
      const happenedAt = deps.clock.now();
      await inTransaction(deps.db, (tx) =>
        postEntry(tx, { id: entryId, reason: "wallet_opened", happenedAt, postings }),
      );
      log.info(
        { wallet: wallet.address, assets: postings.length },
        "opening balances booked as the operator's funds",
      );
    },
  });

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
  const wallet = await findWallet(deps.db, topUp.chain);
  if (!chain || !wallet)
    throw new DomainError("unknown_chain", `There is no wallet on ${topUp.chain}. Start the engine once.`);
  const hash = chain.normaliseHash(topUp.transactionHash);
  const reading = await chain.readTransaction(hash, [wallet.address], signal);
  if (reading.status === "not_found" || reading.status === "pending")
    throw new DomainError(
      "top_up_not_found",
      `The chain does not show ${hash} in a block yet. Try again later.`,
    );
  if (reading.status === "reverted" || reading.receipts.length === 0)
    throw new DomainError(
      "top_up_not_found",
      `${hash} brought nothing to ${wallet.address}. Check the hash.`,
    );
  if (!reading.final)
    throw new DomainError("top_up_not_final", `${hash} is not final yet. Try again in some minutes.`);
  const now = deps.clock.now();
  await inTransaction(deps.db, async (tx) => {
    for (const receipt of reading.receipts)
      await recordReceipt(tx, {
        chain: topUp.chain,
        transactionHash: hash,
        receipt,
        walletId: wallet.id,
        purpose: "top_up",
        purposeId: wallet.id,
        credit: accounts.platform("funding"),
        happenedAt: reading.includedIn.blockTime,
        now,
      });
  });
  return reading.receipts.map(({ asset, amount }) => ({ asset: asset.id, amount }));
}
