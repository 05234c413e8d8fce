import { takeAddress } from "../addresses/index.ts";
import { sql, sqlStateOf, type Db, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { divide, parseProviderUnits, usdDecimals, type Asset } from "../money/index.ts";
import { days, stepsTaken } from "../lifecycle/index.ts";
import type { OrderDeps, QuotePrice } from "./deps.ts";
import { remainingUsdOf, type Order } from "./order.ts";

/** What an order costs in one asset, where it is to be sent, and until when the amount holds. */
export interface OrderQuote {
  readonly orderId: string;
  readonly asset: string;
  readonly amount: bigint;
  readonly address: string;
  /** The address serves other orders too: only this exact amount is this order's. */
  readonly shared: boolean;
  /** The price the amount rests on, as observed. */
  readonly price: Readonly<Record<string, unknown>>;
  readonly expiresAt: Date;
}

/** More digits than people copy reliably are rounded away, up. */
const mostShownDecimals = 8;
/** Digits at the end of a shared address's amounts that tell orders apart: 9,999 may ask for one price at once. */
const tailDigits = 4;
const triesForFreeTail = 40;

/**
 * The assets that may be asked for, each with its price now.
 * @throws {DomainError} `asset_not_accepted`, `price_unavailable`
 */
export async function observeForQuotes(
  deps: OrderDeps,
  assetIds: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, QuotePrice>> {
  const assets = [...new Set(assetIds)].map((id) => acceptedAsset(deps, id));
  const prices = await deps.direct.observe(assets, signal);
  const missing = assets.find((asset) => !prices.has(asset.id));
  if (missing)
    throw new DomainError(
      "price_unavailable",
      `There is no trustworthy price of ${missing.id} at the moment. Try again in a minute, or leave it out.`,
      { asset: missing.id },
    );
  return prices;
}

function acceptedAsset(deps: OrderDeps, id: string): Asset {
  const asset = deps.registry.get(id);
  const refused = whyNotAccepted(deps, asset);
  if (refused === null) return asset;
  throw new DomainError("asset_not_accepted", `${id} cannot be paid directly here: ${refused.because}.`);
}

/** Why no order may be paid straight in an asset, as it stands; null: it may. */
export function whyNotAccepted(
  { direct }: Pick<OrderDeps, "direct">,
  asset: Asset,
): { readonly reason: "not_offered" | "no_chain" | "no_price"; readonly because: string } | null {
  if (!asset.offered) return { reason: "not_offered", because: "it is deprecated, or not served yet" };
  if (!direct.chains.has(asset.chain)) {
    const chains = [...direct.chains.keys()].join(", ") || "none";
    const because = `no nodes of ${asset.chain} are configured; chains that are: ${chains}`;
    return { reason: "no_chain", because };
  }
  if (direct.canBePriced?.(asset) === false)
    return { reason: "no_price", because: "no price source that is asked lists it" };
  return null;
}

/** The least whole amount that is worth the price, rounded up against the payer, to digits that people can copy. */
export function amountFor(priceUsdMicros: bigint, asset: Asset, usd: string): bigint {
  const scale = 18;
  const exact = divide(
    priceUsdMicros * 10n ** BigInt(asset.decimals + scale - usdDecimals),
    parseProviderUnits(usd, scale, "down"),
    "up",
  );
  const step = copiedStep(asset);
  return divide(exact, step, "up") * step;
}

const copiedStep = (asset: Asset): bigint => 10n ** BigInt(Math.max(0, asset.decimals - mostShownDecimals));

/**
 * What is still to be sent of a quote at its price, rounded up so that it pays the rest; null: nothing, or, at a shared
 * address of which a part was paid, nothing that would be known as this order's.
 */
export function remainingOf(
  order: Order,
  { amount, shared }: Pick<OrderQuote, "amount" | "shared">,
  asset: Asset,
): bigint | null {
  const remaining = remainingUsdOf(order);
  if (remaining === 0n) return null;
  if (remaining === order.priceUsdMicros) return amount;
  if (shared) return null;
  const step = copiedStep(asset);
  return divide(divide(amount * remaining, order.priceUsdMicros, "up"), step, "up") * step;
}

/** Writes what the order costs in each asset, in the transaction that creates it. */
export async function writeQuotes(
  deps: OrderDeps,
  tx: Tx,
  quoting: {
    orderId: string;
    priceUsdMicros: bigint;
    prices: ReadonlyMap<string, QuotePrice>;
    expiresAt: Date;
    now: Date;
  },
): Promise<OrderQuote[]> {
  const quotes: OrderQuote[] = [];
  for (const [id, price] of [...quoting.prices].toSorted(([left], [right]) => (left < right ? -1 : 1))) {
    const asset = deps.registry.get(id);
    const amount = amountFor(quoting.priceUsdMicros, asset, price.usd);
    const sharedAddress = deps.direct.sharedAddresses.get(asset.chain);
    const { family } = deps.direct.chains.get(asset.chain)!;
    const address =
      sharedAddress ?? (await takeAddress(tx, { family, orderId: quoting.orderId, now: quoting.now }));
    const quote = {
      orderId: quoting.orderId,
      asset: id,
      amount,
      address,
      shared: sharedAddress !== undefined,
      price: describePrice(price),
      expiresAt: quoting.expiresAt,
    };
    quotes.push(quote.shared ? await insertShared(tx, quote, asset) : await insertQuote(tx, quote));
  }
  return quotes;
}

const describePrice = (price: QuotePrice) => ({
  usd: price.usd,
  source: price.source,
  fetched_at: price.fetchedAt.toISOString(),
  parts: (price.parts ?? []).map(({ source, usd, sourceTime }) => ({
    source,
    usd,
    source_time: sourceTime?.toISOString() ?? null,
  })),
});

async function insertQuote(tx: Tx, quote: OrderQuote): Promise<OrderQuote> {
  await sql`
    insert into order_quote (order_id, asset, amount, address, shared, price, expires_at)
    values (${quote.orderId}, ${quote.asset}, ${quote.amount}, ${quote.address}, ${quote.shared},
      ${JSON.stringify(quote.price)}::jsonb, ${quote.expiresAt})`.execute(tx);
  return quote;
}

/** Shared addresses: the amount gets a tail that no other order there asks for. The constraint decides, not the look. */
async function insertShared(tx: Tx, quote: OrderQuote, asset: Asset): Promise<OrderQuote> {
  const shown = Math.min(asset.decimals, mostShownDecimals);
  const unit = 10n ** BigInt(asset.decimals - shown);
  const tails = 10n ** BigInt(Math.min(tailDigits, shown));
  const base = divide(quote.amount, unit, "up");
  // Begins where the order's own id points, so that two at the same moment rarely meet.
  const seed = BigInt(`0x${quote.orderId.replaceAll("-", "").slice(-8)}`);
  for (let attempt = 0n; attempt < triesForFreeTail; attempt++) {
    const tail = 1n + ((seed + attempt * 7_919n) % (tails - 1n)); // never the round amount, which people type by heart
    const tailed = { ...quote, amount: (base + tail) * unit };
    await sql`savepoint tail`.execute(tx);
    try {
      return await insertQuote(tx, tailed);
    } catch (error) {
      if (sqlStateOf(error) !== "23505") throw error;
      await sql`rollback to savepoint tail`.execute(tx);
    }
  }
  throw new DomainError(
    "no_deposit_amount",
    `Too many open orders ask for about this amount of ${asset.id} at the shared address. Try again later, or accept another asset.`,
  );
}

export async function quotesOf(db: Db | Tx, orderId: string): Promise<OrderQuote[]> {
  const { rows } = await sql<OrderQuote>`
    select order_id as "orderId", asset, amount, address, shared, price, expires_at as "expiresAt"
    from order_quote where order_id = ${orderId} order by asset`.execute(db);
  return rows;
}

/** What these orders ask for, order by order. */
export async function amountsAskedOf(
  db: Db | Tx,
  orderIds: readonly string[],
): Promise<Pick<OrderQuote, "orderId" | "asset" | "amount" | "expiresAt">[]> {
  const { rows } = await sql<Pick<OrderQuote, "orderId" | "asset" | "amount" | "expiresAt">>`
    select order_id as "orderId", asset, amount, expires_at as "expiresAt"
    from order_quote where order_id = any(${[...orderIds]}::uuid[]) order by order_id, asset`.execute(db);
  return rows;
}

/**
 * From when and until when an order's payer is asked to pay by its quotes: until their end, or when the order was paid, given back or
 * withdrawn before that. What comes later is still taken. Null: it was never asked for anything by a quote.
 */
export async function askedDuring(
  db: Db | Tx,
  orderId: string,
): Promise<{ readonly from: Date; readonly until: Date } | null> {
  const { rows } = await sql<{ from: Date; until: Date }>`
    select o.created_at as from, least(max(q.expires_at), (
        select s.changed_at from ${stepsTaken}
        where s.thing = 'order' and s.thing_id = o.id and o.status in ('paid', 'refunded', 'cancelled')
        order by s.id desc limit 1)) as until
    from pay_order o join order_quote q on q.order_id = o.id where o.id = ${orderId} group by o.id`.execute(
    db,
  );
  return rows[0] ?? null;
}

/** For each of these amounts at shared addresses, the order that asks for exactly it; null: none does. */
export async function ordersAskingFor(
  tx: Tx,
  coins: readonly { readonly address: string; readonly asset: string; readonly amount: bigint }[],
): Promise<(string | null)[]> {
  if (coins.length === 0) return [];
  const { rows } = await sql<{ order_id: string | null }>`
    select q.order_id from unnest(${coins.map((one) => one.address)}::text[], ${coins.map((one) => one.asset)}::text[],
      ${coins.map((one) => one.amount)}::numeric[]) with ordinality as coins(address, asset, amount, n)
    left join order_quote q on q.shared and q.released_at is null and q.asset = coins.asset
      and q.address = coins.address and q.amount = coins.amount
    order by n`.execute(tx);
  return rows.map(({ order_id: id }) => id);
}

/** How long after its order's expiry a shared amount still means that order. */
const amountKeptMs = days(14);

/** Amounts at shared addresses may be asked for again once nobody is likely to pay the old order any more. */
export async function releaseQuotes(tx: Tx, now: Date): Promise<void> {
  await sql`
    update order_quote q set released_at = ${now}
    from pay_order o where o.id = q.order_id and q.shared and q.released_at is null
      and o.expires_at < ${new Date(now.getTime() - amountKeptMs)}`.execute(tx);
}
