import type { ReceivingChain } from "../chains/receiving.ts";
import type { SendingChain } from "../chains/sending.ts";
import type { Clock } from "../clock.ts";
import type { ClockWitnesses } from "../clock-witnesses.ts";
import { assertSchemaCurrent, sql, type Db } from "../database/index.ts";
import { readWatchStates, whyStanding } from "../deposits/index.ts";
import { listReview, type Desk } from "../desk/index.ts";
import { DomainError } from "../errors.ts";
import type { CurrencyWatch } from "./currency-watch.ts";
import { compareClocks, headMayBeOldMs } from "./compare-clocks.ts";
import { walletChecks } from "../transfers/index.ts";
import { fiatChain, registry } from "../money/index.ts";
import type { PaymentProcessor, PriceSource, SwapProvider } from "../providers/port.ts";

/** One component and how to find out whether it works. A critical one that fails makes the process not ready. */
export interface ReadinessCheck {
  readonly name: string;
  readonly critical: boolean;
  /** Resolves with a word about it; throws when it does not work. */
  check(): Promise<string | void>;
}

/**
 * Who tells the prices of what we offer: what nobody lists is offered to nobody, and what one alone lists has no second
 * opinion. @throws {DomainError} `assets_without_price`, which names them.
 */
export function checkPricing(prices: PriceSource): string {
  const lone: string[] = [];
  const without: string[] = [];
  // A currency is valued by what it is paid for.
  for (const asset of registry.all.filter(({ offered, chain }) => offered && chain !== fiatChain)) {
    const listers = prices.listedBy?.(asset) ?? [prices.name];
    if (listers.length === 0) without.push(asset.id);
    if (listers.length === 1) lone.push(asset.id);
  }
  if (without.length > 0)
    throw new DomainError(
      "assets_without_price",
      `None of PRICE_SOURCES lists these, which are therefore not offered: ${without.join(", ")}. Name coingecko there.`,
    );
  return lone.length === 0 ? "two sources for each" : `one source alone lists ${lone.join(", ")}`;
}

const outsideTimeoutMs = 1_800;
const workerSilentMs = 30_000;

interface Parts {
  readonly db: Db;
  readonly clock: Clock;
  readonly witnesses: ClockWitnesses;
  readonly chains: ReadonlyMap<string, SendingChain>;
  /** Where payers may pay us directly. */
  readonly depositChains: ReadonlyMap<string, ReceivingChain>;
  readonly prices: PriceSource;
  readonly processors: ReadonlyMap<string, PaymentProcessor>;
  readonly swapProviders: ReadonlyMap<string, SwapProvider>;
  readonly desk: Desk;
  readonly currencies: Pick<CurrencyWatch, "found">;
}

/** @param patienceMs how long chains and providers may take; a load balancer waits less than a person. */
export function readinessChecks(parts: Parts, patienceMs = outsideTimeoutMs): ReadinessCheck[] {
  const patience = () => AbortSignal.timeout(patienceMs);
  return [
    {
      name: "database",
      critical: true,
      check: async () => void (await sql`select 1`.execute(parts.db)),
    },
    { name: "schema", critical: true, check: () => assertSchemaCurrent(parts.db) },
    {
      name: "worker",
      critical: false,
      async check() {
        const since = new Date(parts.clock.now().getTime() - workerSilentMs);
        const { rows } = await sql<{
          alive: number;
        }>`select count(*) as alive from worker_heartbeat where seen_at >= ${since}`.execute(parts.db);
        const { alive } = rows[0]!;
        if (alive === 0) throw new DomainError("no_worker", "No worker has been heard of lately. Start one.");
        return alive === 1 ? "one is alive" : `${alive} are alive`;
      },
    },
    {
      name: "prices",
      critical: false,
      check: () => Promise.resolve().then(() => checkPricing(parts.prices)),
    },
    ...[...parts.depositChains.values()].map((chain) => ({
      name: `chain:${chain.name}`,
      critical: false,
      async check() {
        const askedAt = parts.clock.now();
        const { number, time } = await chain.head(patience());
        const until = new Date(time.getTime() + headMayBeOldMs);
        parts.witnesses.hear(
          `the blocks of ${chain.name}`,
          { from: time, until },
          { askedAt, answeredAt: parts.clock.now() },
        );
        return `head ${number}; ${await sayHowSearched(parts, chain.name)}`;
      },
    })),
    ...walletChecks(parts, patience),
    { name: "review", critical: false, check: () => sayWhatWaits(parts, patience()) },
    ...providerChecks(parts, patience),
    // Last: whoever asks one by one has heard all the others by then.
    { name: "clock", critical: false, check: () => compareClocks(parts) },
  ];
}

/**
 * What only the operator can carry on, counted by its kind: anyone may read this.
 * @throws {DomainError} `needs_a_person`
 */
async function sayWhatWaits(
  parts: { readonly clock: Clock; readonly desk: Desk },
  signal: AbortSignal,
): Promise<string> {
  const items = await listReview(parts, signal, { everyAddress: false });
  const waiting = items.filter(({ owner }) => owner === "operator");
  if (waiting.length === 0) return "nothing waits for a person";
  const counts = new Map<string, number>();
  for (const { thing } of waiting) counts.set(thing, (counts.get(thing) ?? 0) + 1);
  const counted = [...counts].map(([thing, count]) => `${count} ${thing}`).join(", ");
  throw new DomainError(
    "needs_a_person",
    `This waits for a person: ${counted}. \`spillway review list\` shows it, with what may be done.`,
  );
}

/** Whether each answers, and whether it names our assets as we do. */
function providerChecks(
  { processors, swapProviders, currencies }: Pick<Parts, "processors" | "swapProviders" | "currencies">,
  patience: () => AbortSignal,
): ReadinessCheck[] {
  return [...processors.values(), ...swapProviders.values()].flatMap((provider) => [
    {
      name: `provider:${provider.name}`,
      critical: false,
      check: () => provider.checkHealth(patience()),
    },
    {
      name: `currencies:${provider.name}`,
      critical: false,
      async check() {
        const { renamed, detail } = currencies.found(provider.name);
        if (renamed) throw new DomainError("currencies_renamed", detail);
        return detail;
      },
    },
  ]);
}

/** @throws {DomainError} `search_stands_still`: payments on the chain are not found now. */
async function sayHowSearched(
  { db, clock }: { readonly db: Db; readonly clock: Clock },
  chain: string,
): Promise<string> {
  const state = (await readWatchStates(db)).find((one) => one.chain === chain);
  if (state === undefined) return "not searched for payments yet";
  const why = whyStanding(state, clock.now());
  // Anyone may read this: what a provider said stands on the recovery desk.
  if (why !== null)
    throw new DomainError(
      "search_stands_still",
      `The search for payments on ${chain} stands since ${why.since.toISOString()} (${why.reason}): check its nodes, and the recovery desk.`,
    );
  if (state.reason !== null) return `the latest search for payments was refused (${state.reason})`;
  return `searched for payments${state.behind_blocks === null ? "" : `, ${state.behind_blocks} blocks behind`}`;
}
