import type { SendingChain } from "../chains/sending.ts";
import { DomainError, ProviderError } from "../errors.ts";
import { divide, fiatChain, parseProviderUnits, valueInUsd, type Asset, type Money } from "../money/index.ts";
import type { SwapProvider } from "../providers/port.ts";
import { findWallet } from "../transfers/index.ts";
import type { PayoutDeps } from "./deps.ts";
import type { PayoutRoute } from "./payout.ts";

/** One way by which a payout could go, with all that it would cost, as it is kept with the payout. Amounts are base units as text. */
export interface WeighedWay {
  readonly route: PayoutRoute;
  /** Who would exchange it; null: nobody has to. */
  readonly provider: string | null;
  /** What would reach the payee, of their asset; null: nobody says. */
  readonly net: string | null;
  /** Of our own transfer, in the chain's native coin; null: nobody tells. Ours to pay. */
  readonly network_fee: string | null;
  /** Whether the recipient's account already holds the asset, which makes the transfer cheaper; null: it was not asked. */
  readonly recipient: "holder" | "new_holder" | null;
  /** All of it: our transfer, the provider's fees, and what the rate loses against observed prices. Null: a price is missing. */
  readonly fee_usd_micros: string | null;
  /** Of that, what does not grow with the amount. */
  readonly fixed_usd_micros: string | null;
  /** The fee's part of the value; null: not known. */
  readonly fee_share_bps: number | null;
  /** Why it would not be taken; null: it could be. */
  readonly problem: string | null;
}

export interface Weighed {
  readonly ways: readonly WeighedWay[];
  /** The one of `ways` that brings the payee most; null: none can be taken. */
  readonly best: WeighedWay | null;
}

interface ToWeigh {
  readonly money: Money;
  readonly destinationAsset: string;
  readonly destinationAddress: string;
}

type Prices = ReadonlyMap<string, { readonly usd: string }>;

/**
 * What every way would cost and bring. Asks the chain, the price sources and every provider that knows the pair; moves nothing.
 * One that does not answer hides no other.
 * @param how.exact the transfer is estimated with its own recipient, and not by a rule of thumb.
 */
export async function weighWays(
  deps: Pick<PayoutDeps, "db" | "chains" | "registry" | "prices" | "swapProviders">,
  { money, destinationAsset, destinationAddress }: ToWeigh,
  how: { readonly exact: boolean; readonly signal: AbortSignal; readonly usual?: UsualFees },
): Promise<Weighed> {
  const source = deps.registry.get(money.asset);
  const target = deps.registry.get(destinationAsset);
  // Nothing is sent from there, and what a bank takes is its own rail's to say.
  if (!deps.chains.has(source.chain) || target.chain === fiatChain) return { ways: [], best: null };
  const native = deps.registry.native(source.chain);
  const prices = await orNull(deps.prices.observe([source, target, native], how.signal), new Map() as Prices);
  const isDirect = source.id === target.id;
  const to = isDirect && how.exact ? destinationAddress : null;
  const ask = () => networkFee(deps, { asset: source, amount: money.amount, to }, how.signal);
  const network = await (to === null && how.usual ? askedOnce(how.usual, source.chain, ask) : ask());
  const sent = { source, target, native, amount: money.amount, prices, network };
  const ways = isDirect
    ? [costOf(sent, { route: "direct", provider: null, net: money.amount, fixedInTarget: 0n, problem: null })]
    : await Promise.all(
        [...deps.swapProviders.values()]
          .filter((provider) => provider.knows({ source, target }))
          .map(async (provider) => costOf(sent, await quoted(provider, sent, how.signal))),
      );
  const best = ways.reduce<WeighedWay | null>(
    (most, way) => (way.problem === null && way.net !== null && isMore(way, most) ? way : most),
    null,
  );
  return { ways, best };
}

const isMore = (way: WeighedWay, than: WeighedWay | null): boolean =>
  than === null || BigInt(way.net ?? 0) > BigInt(than.net ?? 0);

interface NetworkFee {
  readonly amount: bigint | null;
  readonly recipient: WeighedWay["recipient"];
}

/** What a transfer takes by a rule of thumb, by chain, for whoever weighs many at one moment. */
export type UsualFees = Map<string, Promise<NetworkFee>>;

function askedOnce(usual: UsualFees, chain: string, ask: () => Promise<NetworkFee>): Promise<NetworkFee> {
  const known = usual.get(chain) ?? ask();
  usual.set(chain, known);
  return known;
}

/** What our own transfer takes at most. A recipient who holds none of the asset yet is in the chain's own estimate. */
async function networkFee(
  { db, chains }: Pick<PayoutDeps, "db" | "chains">,
  { asset, amount, to }: { asset: Asset; amount: bigint; to: string | null },
  signal: AbortSignal,
): Promise<NetworkFee> {
  const chain = chains.get(asset.chain);
  const wallet = await findWallet(db, asset.chain);
  if (chain === undefined || wallet === null) return { amount: null, recipient: null };
  const usual = (): Promise<bigint | null> => orNull(chain.usualFee(wallet.address, signal), null);
  if (to === null) return { amount: await usual(), recipient: null };
  const recipient = await orNull(classOf(chain, to, asset, signal), null);
  const call = { from: wallet.address, to, asset, amount };
  const exact = await orNull<{ most: bigint } | null>(chain.estimateFee(call, signal), null);
  return { amount: exact?.most ?? (await usual()), recipient };
}

const classOf = async (
  chain: SendingChain,
  to: string,
  asset: Asset,
  signal: AbortSignal,
): Promise<"holder" | "new_holder"> =>
  (await chain.balance(to, asset, signal)) > 0n ? "holder" : "new_holder";

/** What nobody tells now is not known; it keeps nobody from being paid. */
async function orNull<T>(asked: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ProviderError || error instanceof DomainError) return otherwise;
    throw error;
  }
}

interface Quoted extends Pick<WeighedWay, "route" | "provider" | "problem"> {
  readonly net: bigint | null;
  /** What the provider takes whatever the amount, of the target. */
  readonly fixedInTarget: bigint;
}

async function quoted(
  provider: SwapProvider,
  { source, target, amount }: Pick<Sent, "source" | "target" | "amount">,
  signal: AbortSignal,
): Promise<Quoted> {
  const of = { route: "swap", provider: provider.name } as const;
  try {
    const quote = await provider.quote({ source, target, flow: "standard" }, amount, signal);
    const fixedInTarget = parseProviderUnits(quote.fees.withdrawal, target.decimals, "up");
    return { ...of, net: quote.targetAmount, fixedInTarget, problem: null };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return { ...of, net: null, fixedInTarget: 0n, problem: error.reason };
  }
}

interface Sent {
  readonly source: Asset;
  readonly target: Asset;
  readonly native: Asset;
  readonly amount: bigint;
  readonly prices: Prices;
  readonly network: NetworkFee;
}

const largestShareBps = 1_000_000n;

function costOf({ source, target, native, amount, prices, network }: Sent, way: Quoted): WeighedWay {
  const inUsd = (units: bigint | null, asset: Asset, rounding: "up" | "down"): bigint | null => {
    const price = prices.get(asset.id);
    return units === null || price === undefined ? null : valueInUsd(units, asset, price.usd, rounding);
  };
  const value = inUsd(amount, source, "down");
  const brought = inUsd(way.net, target, "down");
  const transfer = inUsd(network.amount, native, "up");
  const kept = inUsd(way.fixedInTarget, target, "up");
  const isKnown = value !== null && brought !== null && transfer !== null && kept !== null;
  // A rate that is better than the observed price is no income that pays for a transfer.
  const fee = isKnown ? transfer + (value > brought ? value - brought : 0n) : null;
  const share = fee === null || value === null || value === 0n ? null : divide(fee * 10_000n, value, "up");
  return {
    route: way.route,
    provider: way.provider,
    net: way.net?.toString() ?? null,
    network_fee: network.amount?.toString() ?? null,
    recipient: network.recipient,
    fee_usd_micros: fee?.toString() ?? null,
    fixed_usd_micros: isKnown ? (transfer + kept).toString() : null,
    fee_share_bps: share === null ? null : Number(share > largestShareBps ? largestShareBps : share),
    problem: way.problem,
  };
}

/**
 * From which amount on a way's fees are within a part of the value, if they stay as they are: what does not grow with the amount
 * is then small enough. Base units of the source; null: at no amount, or nobody can tell.
 */
export function worthFrom(way: WeighedWay, amount: bigint, limitBps: number): bigint | null {
  if (way.fee_usd_micros === null || way.fixed_usd_micros === null || way.fee_share_bps === null) return null;
  const [fee, fixed] = [BigInt(way.fee_usd_micros), BigInt(way.fixed_usd_micros)];
  if (fee === 0n) return null;
  const share = BigInt(way.fee_share_bps);
  const growing = fee > fixed ? divide(share * (fee - fixed), fee, "up") : 0n;
  const room = BigInt(limitBps) - growing;
  if (room <= 0n) return null;
  return divide(amount * divide(share * (fee < fixed ? fee : fixed), fee, "up"), room, "up");
}
