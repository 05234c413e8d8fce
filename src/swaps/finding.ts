import { settlementsAmong } from "../arrivals/index.ts";
import type { SendingChain } from "../chains/sending.ts";
import type { Asset } from "../money/index.ts";
import type { ProviderSwap } from "../providers/port.ts";
import { ownTransactionsAmong } from "../transfers/index.ts";
import type { SwapDeps } from "./deps.ts";
import { readPayeeDelivery } from "./payee-delivery.ts";
import { normaliseHash, notAttributedElsewhere } from "./see-on-chain.ts";
import type { Swap } from "./swap.ts";

/** What can be told of what a swap brought, by its provider and by the chain. Time passing alone proves nothing. */
export type Finding =
  /** It arrived, by the chain, or by the provider's word where we cannot see it. */
  | { readonly verdict: "seen"; readonly why: string }
  /** The provider brings nothing more, and the chain shows that nothing reached the target. */
  | { readonly verdict: "absent"; readonly why: string }
  /** Neither: it may have reached the target, and nobody will ever show it. */
  | { readonly verdict: "cannot_tell"; readonly why: string }
  /** Its provider may still bring it, or say what became of it. */
  | { readonly verdict: "open"; readonly why: string };

/** The provider's answer; null: it does not know the swap; silent: it does not answer. */
export type Word = ProviderSwap | "silent" | null;

/**
 * What can be told of a funded swap of whose named transactions the chain shows no arrival in a wallet of ours.
 * @param patient whether the provider had all the time that we give anybody.
 * @throws {ProviderError} the chain gives no answer.
 */
export async function findWhatItBrought(
  deps: SwapDeps,
  swap: Swap,
  { word, patient }: { word: Word; patient: boolean },
  signal: AbortSignal,
): Promise<Finding> {
  const why = wordsOf(word);
  const asset = deps.registry.get(swap.target_asset);
  const told = word === "silent" ? null : word;
  const hash = normaliseHash(deps, asset.chain, told?.payoutHash ?? null);
  if (swap.purpose === "payout_attempt" && told?.status === "delivered" && hash !== null) {
    const delivery = await readPayeeDelivery(deps, swap, { hash, told, least: 0n }, signal);
    if (delivery.kind === "brought") return { verdict: "seen", why: `the provider says ${why} by ${hash}` };
    if (delivery.kind === "unbelievable" || delivery.kind === "contested")
      return { verdict: "cannot_tell", why: delivery.reason };
  }
  return searchTarget(deps, swap, { asset, word, patient }, signal);
}

async function searchTarget(
  deps: SwapDeps,
  swap: Swap,
  { asset, word, patient }: { asset: Asset; word: Word; patient: boolean },
  signal: AbortSignal,
): Promise<Finding> {
  const why = wordsOf(word);
  const failed = saysItFailed(word);
  const chain = deps.chains.get(asset.chain);
  const readable = chain !== undefined && asset.contract !== null && swap.funded_at_target_block !== null;
  if (!failed && !patient && !(word === null && readable)) return { verdict: "open", why };
  if (!readable)
    return { verdict: "cannot_tell", why: `${why}, and we cannot see what reached ${swap.target_address}` };
  // Who is at work, or says that it delivered, may be right after all.
  if (word !== null && word !== "silent" && !failed) return { verdict: "cannot_tell", why };
  const blocks = { from: swap.funded_at_target_block ?? 0n, to: (await chain.head(signal)).number };
  const found = await firstArrival(deps, swap, { chain, asset, blocks }, signal);
  return found === null
    ? { verdict: "absent", why: `${why}, and nothing reached ${swap.target_address}` }
    : { verdict: "cannot_tell", why: `${why}, and ${found} reached ${swap.target_address}` };
}

/** Blocks asked for at once, well within what public nodes answer; and how often, before it takes too long to be worth it. */
const blocksAtOnce = 2_000n;
const mostBlocks = 400_000n;

interface Searched {
  readonly chain: SendingChain;
  readonly asset: Asset;
  readonly blocks: { readonly from: bigint; readonly to: bigint };
}

/** What reached the target since and may be this swap's; null: nothing did. */
async function firstArrival(
  deps: SwapDeps,
  swap: Swap,
  { chain, asset, blocks }: Searched,
  signal: AbortSignal,
): Promise<string | null> {
  if (blocks.to - blocks.from > mostBlocks) return "something that nobody looked for";
  for (let from = blocks.from; from <= blocks.to; from += blocksAtOnce) {
    const last = from + blocksAtOnce - 1n;
    const part = { from, to: last < blocks.to ? last : blocks.to };
    const hashes = await chain.listTokenArrivals(swap.target_address, asset, part, signal);
    const found =
      swap.purpose === "conversion"
        ? await firstOfNobody(deps, swap, { chain, asset, hashes }, signal)
        : hashes[0];
    if (found !== undefined) return found;
  }
  return null;
}

/**
 * At a wallet of ours much arrives that the book knows. What nobody has, or somebody on weaker evidence than the provider's own
 * word would be, may be what the swap brought.
 */
async function firstOfNobody(
  deps: SwapDeps,
  swap: Swap,
  { chain, asset, hashes }: { chain: SendingChain; asset: Asset; hashes: readonly string[] },
  signal: AbortSignal,
): Promise<string | undefined> {
  const ours = await ownTransactionsAmong(deps.db, asset.chain, hashes);
  const settled = await settlementsAmong(deps.db, { chain: asset.chain, asset: asset.id, hashes });
  for (const hash of hashes) {
    if (ours.has(hash) || settled.has(hash)) continue;
    const reading = await chain.readTransaction(hash, [swap.target_address], signal);
    // Listed, and not shown: nothing can be said of it.
    if (reading.status !== "succeeded") return hash;
    const receipts = reading.receipts.filter((one) => one.asset.id === asset.id);
    const left = await notAttributedElsewhere(deps, swap, { hash, namedBy: "provider" }, receipts);
    if (left.length > 0) return hash;
  }
  return undefined;
}

/** The provider itself brings nothing more, as it says now. */
export function saysItFailed(word: Word): boolean {
  if (word === null || word === "silent") return false;
  return (
    word.status === "expired" ||
    word.status === "refunded" ||
    (word.status === "failed" && !word.actionsAvailable)
  );
}

export function wordsOf(word: Word): string {
  if (word === null) return "unknown at the provider";
  return word === "silent" ? "the provider does not answer" : word.rawStatus;
}
