import type { Db } from "../database/index.ts";
import { checkInvariants, type Difference } from "./check-invariants.ts";
import { shortfalls } from "./equity-desk.ts";

/** The finding that more is owed in an asset than is held. The books may agree with themselves all the same: a loss is booked, too. */
export const equityFinding = "platform_equity";

/** What is wrong with the books: promises that do not hold, and by its name each asset in which more is owed than is held. */
export async function findFaults(db: Db): Promise<Difference[]> {
  const lacking = (await shortfalls(db)).map(({ asset, amount }) => ({
    check: equityFinding,
    id: asset,
    detail: `${amount} base units more are owed than held`,
  }));
  return [...(await checkInvariants(db)), ...lacking];
}
