import type { ReceivingChain } from "../../chains/receiving.ts";
import { sql, type Db, type Tx } from "../../database/index.ts";
import { DomainError } from "../../errors.ts";
import type { Asset } from "../../money/index.ts";
import { claimByWord, purposeOf } from "../../arrivals/index.ts";
import { findConversion } from "../conversion-store.ts";
import { bookSale, byHandPurpose } from "./booking.ts";
import { findSale, type Sale, type SaleOf } from "../../deposits/index.ts";
import { assertCoinsGone } from "./coins-gone.ts";
import { readProceeds, type Proceeds, type ProceedsChain } from "./proceeds.ts";
import type { Conversion } from "../conversion.ts";
import type { ConversionDeps } from "../deps.ts";

export interface ConvertByHandDeps extends Pick<
  ConversionDeps,
  "db" | "clock" | "log" | "registry" | "readTrigger" | "readSettlementAsset" | "arrivals" | "secondPerson"
> {
  /** The chains that we send on. */
  readonly chains: ReadonlyMap<string, ProceedsChain>;
  readonly depositChains: ReadonlyMap<string, ReceivingChain>;
}

export interface ConvertByHand {
  readonly sourceAsset: string;
  /** On the settlement asset's chain: what brought the proceeds to our hot wallet. At least one. */
  readonly transactionHashes: readonly string[];
  /** Deposits mined later were not sold; null, or a later moment: when the last proceeds were mined. */
  readonly depositsUntil: Date | null;
  readonly by: string;
}

/**
 * Books that an operator sold coins with their own wallet: those of direct payments at addresses that we cannot gather from.
 * What arrived is divided among the earnings they were paid for and the platform in proportion to their source amounts, to
 * the last unit. The chain is asked first; the same hashes again return the same conversion.
 * @throws {DomainError} `unknown_asset`, `unsupported_chain`, `invalid_transaction_hash`, `proceeds_not_found`,
 * `proceeds_not_final`, `nothing_to_convert`, `coins_still_there`, `deposits_in_review`, `too_many_addresses`,
 * `conversion_under_way`, `stale_status`; `receipt_already_attributed`, `arrival_expected_elsewhere`, `second_person_needed`
 * @throws {ProviderError} a chain gave no usable answer: nothing was done.
 */
export async function convertByHand(
  deps: ConvertByHandDeps,
  input: ConvertByHand,
  signal: AbortSignal,
): Promise<Conversion> {
  const { source, sourceChain, weSend } = sourceOf(deps, input.sourceAsset);
  const target = deps.registry.get(await deps.readSettlementAsset());
  const targetChain = deps.chains.get(target.chain) ?? unsupported(target.chain);
  const hashes = [
    ...new Set(input.transactionHashes.map((hash) => targetChain.normaliseHash(hash))),
  ].toSorted();
  const named = { source, target, hashes };
  const known = await findByHashes(deps.db, named);
  if (known) return known;
  try {
    return await convert(deps, { ...input, ...named, sourceChain, targetChain, weSend }, signal);
  } catch (error) {
    // The same request at the same time may have been faster, and leaves nothing of the sort to find.
    const meanwhile = error instanceof DomainError ? await findByHashes(deps.db, named) : null;
    if (meanwhile) return meanwhile;
    throw error;
  }
}

async function convert(
  deps: ConvertByHandDeps,
  asked: ConvertByHand & Named & { sourceChain: ReceivingChain; targetChain: ProceedsChain; weSend: boolean },
  signal: AbortSignal,
): Promise<Conversion> {
  const { source, target, hashes, weSend, depositsUntil, by } = asked;
  const proceeds = await readProceeds(deps.db, { chain: asked.targetChain, asset: target, hashes }, signal);
  const until = depositsUntil !== null && depositsUntil < proceeds.until ? depositsUntil : proceeds.until;
  const of: SaleOf = { asset: source, weSend, until };
  const sale = await findSale(deps.db, of);
  if (sale.deposits.length === 0)
    throw new DomainError(
      "nothing_to_convert",
      `No final, credited deposit of ${source.id} up to ${until.toISOString()} waits at an address that we cannot gather from.`,
    );
  await assertCoinsGone(asked.sourceChain, source, sale.places, signal);
  const facts = { source, target, hashes, proceeds, of, sale, by };
  const { version } = await deps.readTrigger();
  const claim = {
    subject: hashes.join(" "),
    input: { sale: source.id, until: depositsUntil?.toISOString() },
    by,
    now: deps.clock.now(),
  };
  const { conversion, booked } = await claimByWord(deps, claim, (tx, secondPerson) =>
    decide(deps, tx, facts, { version, secondPerson }),
  );
  if (booked)
    deps.log.info(
      {
        conversion_id: conversion.id,
        correlation_id: conversion.id,
        asset: source.id,
        received: proceeds.amount.toString(),
        by,
      },
      "coins sold by hand are distributed",
    );
  return conversion;
}

/** What lies at addresses that we cannot gather from and could be sold by hand now. Reads our book only. */
export async function listSellable(
  deps: Pick<ConvertByHandDeps, "db" | "clock" | "registry" | "chains" | "depositChains">,
  sourceAsset: string,
): Promise<Sale["places"]> {
  const { source, weSend } = sourceOf(deps, sourceAsset);
  return (await findSale(deps.db, { asset: source, weSend, until: deps.clock.now() })).places;
}

function sourceOf(
  { registry, chains, depositChains }: Pick<ConvertByHandDeps, "registry" | "chains" | "depositChains">,
  id: string,
): { source: Asset; sourceChain: ReceivingChain; weSend: boolean } {
  const source = registry.get(id);
  const sourceChain = depositChains.get(source.chain) ?? unsupported(source.chain);
  return { source, sourceChain, weSend: chains.has(source.chain) };
}

function unsupported(chain: string): never {
  throw new DomainError(
    "unsupported_chain",
    `${chain} is not configured here. Configure it, then try again.`,
  );
}

interface Named {
  readonly source: Asset;
  readonly target: Asset;
  /** In normal form, each once. */
  readonly hashes: readonly string[];
}

interface Facts extends Named {
  readonly proceeds: Proceeds;
  readonly of: SaleOf;
  readonly sale: Sale;
  readonly by: string;
}

/** Books it, if all is still as it was when the chain was asked and nobody else came first. */
async function decide(
  deps: ConvertByHandDeps,
  tx: Tx,
  facts: Facts,
  { version, secondPerson }: { version: number; secondPerson: string | null },
): Promise<{ conversion: Conversion; booked: boolean }> {
  const { source } = facts;
  // The lock under which earnings of this asset are claimed: whoever comes second finds what the first one did.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`conversion:${source.id}`}, 0))`.execute(tx);
  const known = await findByHashes(tx, facts);
  if (known) return { conversion: known, booked: false };
  const live =
    await sql`select from conversion where source_asset = ${source.id} and status in ('claimed', 'swapping')`.execute(
      tx,
    );
  if (live.rows.length > 0)
    throw new DomainError(
      "conversion_under_way",
      `A conversion of ${source.id} is under way. Wait until it is distributed, then try again.`,
    );
  const sale = await findSale(tx, facts.of, { lock: true });
  if (identityOf(sale) !== identityOf(facts.sale))
    throw new DomainError(
      "stale_status",
      "Deposits of these coins changed while the chain was asked. Try again.",
    );
  const conversion = await bookSale(tx, {
    ...facts,
    sale,
    settingsVersion: version,
    expected: deps.arrivals,
    secondPerson,
    now: deps.clock.now(),
  });
  return { conversion, booked: true };
}

const identityOf = ({ deposits }: Sale): string => deposits.map(({ id }) => id).join();

/**
 * The conversion that all of these transactions were booked for; null: at least one of them was not.
 * @throws {DomainError} `receipt_already_attributed`: it was of another asset.
 */
async function findByHashes(db: Db | Tx, { source, target, hashes }: Named): Promise<Conversion | null> {
  const id = await purposeOf(db, { chain: target.chain, hashes, purpose: byHandPurpose });
  const found = id === null ? null : await findConversion(db, id);
  if (found === null) return null;
  if (found.source_asset === source.id) return found;
  throw new DomainError(
    "receipt_already_attributed",
    `These coins already belong to conversion ${found.id} of ${found.source_asset}.`,
  );
}
