import type { Tx } from "../database/index.ts";
import { registry } from "../money/index.ts";
import { getWallet, type TransferIntent } from "../transfers/index.ts";
import { findSweep } from "./sweep-store.ts";

/** The native coin that a sweep wants at its address, by the sweep's own row. `null`: none. */
export async function sweepGasIntent(tx: Tx, sweepId: string): Promise<TransferIntent | null> {
  const sweep = await findSweep(tx, sweepId);
  if (sweep?.status !== "waiting_for_gas") return null;
  const { chain, address, kind } = await getWallet(tx, sweep.wallet_id);
  if (kind !== "deposit") return null;
  return { asset: registry.native(chain).id, amount: sweep.gas_amount, toAddress: address };
}

/** The coins that a sweep wants in the hot wallet, by the sweep's own row. `null`: none. */
export async function sweepIntent(tx: Tx, sweepId: string): Promise<TransferIntent | null> {
  const sweep = await findSweep(tx, sweepId);
  if (sweep?.status !== "sending" || sweep.to_wallet_id === null) return null;
  const { address, kind } = await getWallet(tx, sweep.to_wallet_id);
  return kind === "hot" ? { asset: sweep.asset, amount: sweep.amount, toAddress: address } : null;
}
