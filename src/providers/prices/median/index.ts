import type { Clock } from "../../../clock.ts";
import { describeError, DomainError, ProviderError } from "../../../errors.ts";
import type { Asset } from "../../../money/index.ts";
import type { PriceObservation, PriceSource } from "../../port.ts";
import { judge, type Judgement, type MedianLimits, type Rejection } from "./judge.ts";
import { createLonePrices } from "./lone-price.ts";

export type { MedianLimits, Rejection } from "./judge.ts";

const name = "median";

/** A price that several sources agree on, with all that it rests on: one observation records the whole decision. */
export interface CombinedObservation extends PriceObservation {
  /** As old as the oldest price that counted. */
  readonly sourceTime: Date;
  /** What each source said, by its name, whether it counted or not. */
  readonly parts: readonly PriceObservation[];
  /** Who did not count, by name. A source that does not list the asset is in neither list. */
  readonly rejected: readonly Rejection[];
}

export interface MedianPrices extends PriceSource {
  listedBy(asset: Asset): readonly string[];
  /** As `observe`, with what each source said. @throws {ProviderError} no source answered */
  observeAll(
    assets: readonly Asset[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, CombinedObservation>>;
}

export interface MedianOptions {
  readonly sources: readonly PriceSource[];
  readonly clock: Clock;
  readonly limits: MedianLimits;
  /** Told once when a source begins to be left out, or an asset to have no price; again only after it was well. */
  readonly warn: (message: string, details: object) => void;
}

interface Answers {
  readonly answered: readonly ReadonlyMap<string, PriceObservation>[];
  readonly failed: readonly { readonly source: string; readonly error: unknown }[];
}

function problemOf({ sources, limits }: MedianOptions): string | null {
  const { maxAgeMs, maxDivergenceBps, leastSources } = limits;
  const isWhole = (value: number, least: number): boolean => Number.isSafeInteger(value) && value >= least;
  if (!isWhole(leastSources, 1)) return "the least number of price sources must be 1 or more";
  if (leastSources > sources.length)
    return `${leastSources} price sources must agree, but only ${sources.length} are configured`;
  if (new Set(sources.map((source) => source.name)).size < sources.length)
    return "a price source is configured twice, and would be believed twice";
  if (!isWhole(maxAgeMs, 1)) return "the greatest age of a price must be a whole number of milliseconds";
  if (!isWhole(maxDivergenceBps, 0)) return "the greatest divergence of prices must be whole basis points";
  return null;
}

const listersOf = (sources: readonly PriceSource[], asset: Asset): readonly string[] =>
  sources.flatMap((source) => source.listedBy?.(asset) ?? [source.name]);

/** They answer nobody from where we are: as if they were left out, and unlike a source that is silent for a while. */
const refusesCountry = ({ error }: { readonly error: unknown }): boolean =>
  error instanceof ProviderError && error.reason === "country_refused";

/** All are asked at once, and each is waited for no longer than its own time limit. */
async function askAll(
  sources: readonly PriceSource[],
  assets: readonly Asset[],
  signal: AbortSignal,
): Promise<Answers> {
  const settled = await Promise.allSettled(sources.map(async (source) => source.observe(assets, signal)));
  const answered: ReadonlyMap<string, PriceObservation>[] = [];
  const failed: { source: string; error: unknown }[] = [];
  for (const [index, { name: source }] of sources.entries()) {
    const result = settled[index];
    if (result?.status === "fulfilled") answered.push(result.value);
    else failed.push({ source, error: result?.reason });
  }
  return { answered, failed };
}

/** With one source its own error goes on, so that nothing of it is lost. */
function nobodyAnswered(failed: Answers["failed"]): ProviderError {
  const first = failed[0]?.error;
  if (failed.length === 1 && first instanceof ProviderError) return first;
  const sources = failed.map(({ source, error }) => ({ source, error: describeError(error) }));
  return new ProviderError(
    {
      provider: name,
      operation: "observe",
      failure: "retryable",
      reason: "unavailable",
      message: "No price source answered.",
    },
    { sources },
    first,
  );
}

/** Warns when a trouble begins, not each time it is met. */
function createTroubles(warn: MedianOptions["warn"]) {
  const lasting = new Set<string>();
  return {
    report(key: string, message: string, details: object): void {
      if (lasting.has(key)) return;
      lasting.add(key);
      warn(message, details);
    },
    over: (key: string): void => void lasting.delete(key),
  };
}

const oldest = (times: readonly Date[]): Date => new Date(Math.min(...times.map((time) => time.getTime())));

function combine(
  asset: Asset,
  agreed: NonNullable<Judgement["agreed"]>,
  told: Pick<CombinedObservation, "parts" | "rejected">,
): CombinedObservation {
  return {
    asset,
    usd: agreed.usd,
    source: name,
    sourceTime: oldest(agreed.parts.flatMap(({ sourceTime }) => sourceTime ?? [])),
    fetchedAt: oldest(agreed.parts.map(({ fetchedAt }) => fetchedAt)),
    ...told,
  };
}

/** What the sources' prices of one asset come to, by how many of those that may be asked here list it at all. */
function createAssetJudge(sources: readonly PriceSource[], limits: MedianLimits) {
  const isBelievedAlone = createLonePrices();
  return function judgeAsset(
    asset: Asset,
    parts: readonly PriceObservation[],
    { failed }: Answers,
    now: Date,
  ): Judgement {
    const closed = new Set(failed.filter(refusesCountry).map(({ source }) => source));
    const listers = sources.filter(
      (source) => !closed.has(source.name) && listersOf([source], asset).length > 0,
    ).length;
    const leastSources = Math.max(1, Math.min(limits.leastSources, listers));
    const judgement = judge(parts, now, { ...limits, leastSources });
    const { agreed } = judgement;
    if (agreed === null || leastSources > 1 || limits.leastSources === 1) return judgement;
    if (isBelievedAlone(asset.id, agreed.usd, now)) return judgement;
    const jumps = agreed.parts.map(({ source }): Rejection => ({ source, reason: "jumps" }));
    return { agreed: null, rejected: [...judgement.rejected, ...jumps] };
  };
}

/**
 * Several price sources as one: the median of what they say now. A source that is silent, too old or far from the
 * others does not count; where too few are left the asset is missing, and the caller waits. Of an asset that fewer than
 * `leastSources` list, as many as list it must agree; one alone is believed only while its price makes no leaps.
 * @throws {DomainError} `invalid_configuration`
 */
export function createMedianPrices(options: MedianOptions): MedianPrices {
  const problem = problemOf(options);
  if (problem !== null)
    throw new DomainError(
      "invalid_configuration",
      `No price can be told: ${problem}. Set it and start again.`,
    );
  const { clock, limits } = options;
  const sources = options.sources.toSorted((a, b) => (a.name < b.name ? -1 : 1)); // their order must not matter
  const troubles = createTroubles(options.warn);
  const judgeAsset = createAssetJudge(sources, limits);

  function reportAnswers({ failed }: Answers): void {
    for (const source of sources) {
      const failure = failed.find((one) => one.source === source.name);
      if (failure === undefined) troubles.over(source.name);
      else
        troubles.report(source.name, "a price source does not answer", {
          source: source.name,
          error: describeError(failure.error),
        });
    }
  }

  function reportAsset(asset: Asset, judgement: Judgement, parts: readonly PriceObservation[]): void {
    const said = parts.map(({ source, usd, sourceTime }) => ({ source, usd, sourceTime }));
    for (const { source } of parts) {
      const rejection = judgement.rejected.find((one) => one.source === source);
      const key = `${asset.id} ${source}`;
      if (rejection === undefined) troubles.over(key);
      else troubles.report(key, "a source's price does not count", { ...rejection, asset: asset.id, said });
    }
    if (judgement.agreed !== null) troubles.over(asset.id);
    else troubles.report(asset.id, "an asset has no price: too few sources agree", { asset: asset.id, said });
  }

  async function observeAll(assets: readonly Asset[], signal: AbortSignal) {
    const answers = await askAll(sources, assets, signal);
    if (!signal.aborted) reportAnswers(answers); // who gives up has learnt nothing of them
    if (answers.answered.length === 0) throw nobodyAnswered(answers.failed);
    const now = clock.now();
    const unavailable = answers.failed.map(({ source }): Rejection => ({ source, reason: "unavailable" }));
    const observations = new Map<string, CombinedObservation>();
    for (const asset of assets) {
      const parts = answers.answered.flatMap((answer) => answer.get(asset.id) ?? []);
      const judgement = judgeAsset(asset, parts, answers, now);
      reportAsset(asset, judgement, parts);
      const rejected = [...judgement.rejected, ...unavailable].sort((a, b) => (a.source < b.source ? -1 : 1));
      if (judgement.agreed !== null)
        observations.set(asset.id, combine(asset, judgement.agreed, { parts, rejected }));
    }
    return observations;
  }

  return { name, listedBy: (asset) => listersOf(sources, asset), observe: observeAll, observeAll };
}
