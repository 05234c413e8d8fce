import type { Db, Tx } from "../database/index.ts";
import { enqueueOnce } from "../jobs/index.ts";
import { sweepAddresses } from "./tasks.ts";

/** Looks for coins to gather soon, and goes on with every sweep that is due. */
export const wakeSweeps = (tx: Db | Tx): Promise<void> => enqueueOnce(tx, sweepAddresses, {});
