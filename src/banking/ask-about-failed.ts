import { sql, type Tx } from "../database/index.ts";
import { askOnceMore } from "./advance-bank-transfer.job.ts";
import { findBankTransferOf } from "./bank-transfer-store.ts";
import type { BankingDeps } from "./deps.ts";

interface Of {
  readonly purpose: string;
  readonly purposeId: string;
}

/**
 * Asks once more what became of one that failed, before another one is made.
 * @throws {ProviderError} nobody answers now.
 */
export async function askAboutFailed(
  deps: Pick<BankingDeps, "db" | "clock" | "log" | "banks">,
  { purpose, purposeId }: Of,
  signal: AbortSignal,
): Promise<void> {
  const transfer = await findBankTransferOf(deps.db, purpose, purposeId);
  const bank = transfer && deps.banks.get(transfer.provider);
  if (transfer?.status === "failed" && bank) await askOnceMore(deps, bank, transfer, signal);
}

/** Two persons said that one which its provider tells otherwise of did not arrive. */
export async function vouchForFailed(tx: Tx, { purpose, purposeId }: Of): Promise<void> {
  await sql`
    update bank_transfer set contradicted_at = null where purpose = ${purpose} and purpose_id = ${purposeId}`.execute(
    tx,
  );
}
