import type { Db, Tx } from "../database/index.ts";
import { enqueue } from "../jobs/index.ts";

/** Looks for coins to gather soon, and goes on with every sweep that is due. */
export const wakeSweeps = (tx: Db | Tx): Promise<void> =>
  enqueue(tx, "payments.sweep_addresses", {}, { key: "payments.sweep_addresses" });
