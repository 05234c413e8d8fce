import { sql, type Db, type Tx } from "../database/index.ts";
import type { SwapDeps } from "./deps.ts";
import type { Swap, SwapAlert } from "./swap.ts";

/** Tells a person of a swap that did not go as promised: kept with the swap, logged and counted, each alert once. */
export async function raiseAlert(
  deps: Pick<SwapDeps, "log" | "countFailure">,
  tx: Db | Tx,
  {
    swap,
    alert,
    ...details
  }: { swap: Pick<Swap, "id" | "correlation_id">; alert: SwapAlert } & Record<string, unknown>,
): Promise<void> {
  const { rows } = await sql`
    update swap set alerts = array_append(alerts, ${alert}::text)
    where id = ${swap.id} and not ${alert}::text = any (alerts) returning id`.execute(tx);
  if (rows.length === 0) return;
  deps.log.error(
    { swap_id: swap.id, correlation_id: swap.correlation_id, alert, ...details },
    "a swap did not go as promised",
  );
  deps.countFailure(alert);
}
