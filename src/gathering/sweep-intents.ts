import { sql, type Tx } from "../database/index.ts";
import { registry } from "../money/index.ts";
import type { TransferIntent } from "../transfers/index.ts";

/** The native coin that a sweep wants at its address, by the sweep's own row. `null`: none. */
export async function sweepGasIntent(tx: Tx, sweepId: string): Promise<TransferIntent | null> {
  const { rows } = await sql<{ chain: string; address: string; amount: bigint }>`
    select w.chain, w.address, s.gas_amount as amount from deposit_sweep s join wallet w on w.id = s.wallet_id
    where s.id = ${sweepId} and s.status = 'waiting_for_gas' and w.kind = 'deposit'`.execute(tx);
  const row = rows[0];
  return row ? { asset: registry.native(row.chain).id, amount: row.amount, toAddress: row.address } : null;
}

/** The coins that a sweep wants in the hot wallet, by the sweep's own row. `null`: none. */
export async function sweepIntent(tx: Tx, sweepId: string): Promise<TransferIntent | null> {
  const { rows } = await sql<TransferIntent>`
    select s.asset, s.amount, w.address as "toAddress" from deposit_sweep s join wallet w on w.id = s.to_wallet_id
    where s.id = ${sweepId} and s.status = 'sending' and w.kind = 'hot'`.execute(tx);
  return rows[0] ?? null;
}
