import { sql, type Db, type Tx } from "../database/index.ts";
import { InvariantViolation } from "../errors.ts";
import type { BankTransfer } from "./bank-transfer.ts";

export async function findBankTransfer(db: Db | Tx, id: string): Promise<BankTransfer | null> {
  const { rows } = await sql<BankTransfer>`select * from bank_transfer where id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** What was started for a purpose; one purpose is sent once. */
export async function findBankTransferOf(
  db: Db | Tx,
  purpose: string,
  purposeId: string,
): Promise<BankTransfer | null> {
  const { rows } = await sql<BankTransfer>`
    select * from bank_transfer where purpose = ${purpose} and purpose_id = ${purposeId}`.execute(db);
  return rows[0] ?? null;
}

/** Locked until commit. @throws {InvariantViolation} `bank_transfer_missing` */
export async function lockBankTransfer(tx: Tx, id: string): Promise<BankTransfer> {
  const { rows } = await sql<BankTransfer>`select * from bank_transfer where id = ${id} for update`.execute(
    tx,
  );
  if (rows[0] === undefined)
    throw new InvariantViolation("bank_transfer_missing", `There is no bank transfer ${id}.`);
  return rows[0];
}
