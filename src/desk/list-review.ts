import type { Clock } from "../clock.ts";
import type { DeskItem } from "../desk-port/index.ts";
import { registry, valueInUsd, type Money } from "../money/index.ts";
import type { Desk } from "./desk.ts";

/**
 * Everything a person should look at, the longest waiting first: what is in review, what passed its deadline, orphans, dead
 * letters, events and money not understood, what was overpaid, wallets that do not send, and wallets that differ from their
 * chain.
 * @param how.everyAddress payers' addresses are compared with their chains too, which asks hundreds of questions.
 */
export async function listReview(
  { clock, desk }: { readonly clock: Clock; readonly desk: Pick<Desk, "rooms" | "latestPrices"> },
  signal: AbortSignal,
  how: { readonly everyAddress: boolean } = { everyAddress: true },
): Promise<DeskItem[]> {
  const now = clock.now();
  const found: DeskItem[] = [];
  for (const room of desk.rooms)
    if (how.everyAddress || !room.asksEveryAddress) found.push(...(await room.find({ now, signal })));
  const prices = await desk.latestPrices();
  const items = found.map((item) => ({ ...item, usdMicros: item.usdMicros ?? valueOf(item.money, prices) }));
  return items.toSorted(
    (a, b) => (a.since?.getTime() ?? now.getTime()) - (b.since?.getTime() ?? now.getTime()),
  );
}

/** Old prices are good enough to see what is at stake. */
function valueOf(money: readonly Money[], prices: ReadonlyMap<string, string>): bigint | null {
  let sum = 0n;
  for (const { asset, amount } of money) {
    const usd = prices.get(asset);
    if (usd === undefined) return null;
    sum += valueInUsd(amount < 0n ? -amount : amount, registry.get(asset), usd, "down");
  }
  return money.length === 0 ? null : sum;
}
