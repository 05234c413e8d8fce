import type { Tx } from "../database/index.ts";
import type { Move } from "../arrivals/index.ts";
import { markMoved } from "../deposits/index.ts";
import { accounts, balanceOf } from "../ledger/index.ts";
import { markGathered } from "../payments/index.ts";
import { sweepLife } from "./sweep.ts";
import { lockLiveSweeps } from "./sweep-store.ts";

/**
 * Coins of payers' that somebody moved from their address with its key are gathered: the oldest deposits there, as far as the
 * book has less at the address than they brought. What a sweep is about to send fails on its own, and leaves nothing behind.
 */
export async function gatheredByHand(tx: Tx, { from, asset, now }: Move): Promise<void> {
  if (from.kind === "hot") return;
  const sweeps = await lockLiveSweeps(tx, from.id);
  const left = await balanceOf(tx, accounts.wallet(from.chain, from.address), asset);
  await markGathered(tx, await markMoved(tx, { ...from, asset }, left, now));
  const cause = { kind: "chain", ref: from.address, note: "its coins were moved by hand" } as const;
  for (const { id, status, ...sweep } of sweeps)
    if (sweep.asset === asset && status === "waiting")
      await sweepLife.advance(tx, {
        id,
        from: status,
        to: "failed",
        cause,
        now,
        set: { reason: "moved_by_hand" },
      });
}
