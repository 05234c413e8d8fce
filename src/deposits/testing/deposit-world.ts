import { freshDatabase } from "../../../tests/support/index.ts";
import { manualClock, type Clock } from "../../clock.ts";
import { sql, type Database, type Db } from "../../database/index.ts";
import { newId } from "../../ids.ts";
import { registry, type Asset } from "../../money/index.ts";
import type { PriceObservation } from "../../providers/port.ts";
import { silentLogger } from "../../telemetry/index.ts";
import type { DepositDeps } from "../deps.ts";
import type { DepositPolicy } from "../judge-deposit.ts";
import { createScriptedChain, type ScriptedChain } from "./scripted-chain.ts";

const startedAt = new Date("2026-05-01T12:00:00Z");

export interface DepositWorld {
  readonly database: Database;
  readonly chain: ScriptedChain;
  readonly deps: DepositDeps;
  readonly clock: ReturnType<typeof manualClock>;
  readonly payees: readonly string[];
  /** An order of 50 USD that may be paid in these assets, at an address of its own unless one is given. */
  order(terms?: OrderTerms): Promise<{ id: string; address: string }>;
}

interface OrderTerms {
  readonly assets?: Readonly<Record<string, bigint>>;
  readonly sharedAddress?: string;
  readonly expiresInMs?: number;
  /** How long its amounts hold, if not as long as the order is open. */
  readonly quotedForMs?: number;
}

/** The payments room over a real database and a chain that the test writes itself. */
export async function depositWorld(policy: Partial<DepositPolicy> = {}): Promise<DepositWorld> {
  const database = await freshDatabase();
  const clock = manualClock(new Date(startedAt.getTime() + 60_000));
  const chain = createScriptedChain(startedAt);
  const payees = [newId(), newId()];
  await sql`
    insert into payee (id, request_hash, name, payout_mode, destination_asset, destination_address, threshold_asset,
      threshold_amount, status, created_at)
    select id, '', 'Payee', 'threshold', 'ethereum:USDT', '0x', 'ethereum:USDT', 1, 'active', now()
    from unnest(${payees}::uuid[]) as id`.execute(database.db);
  let addresses = 0;
  return {
    database,
    chain,
    deps: depsOf(database.db, { clock, chain, policy }),
    clock,
    payees,
    order(terms = {}) {
      const derivation = terms.sharedAddress === undefined ? (addresses += 1) : null;
      return writeOrder(database.db, { clock, payees, derivation, terms });
    },
  };
}

function depsOf(
  db: Db,
  { clock, chain, policy }: { clock: Clock; chain: ScriptedChain; policy: Partial<DepositPolicy> },
): DepositDeps {
  const priceOf = (asset: Asset): PriceObservation => ({
    asset,
    usd: asset.id === "ethereum:ETH" ? "2500" : "1",
    source: "scripted",
    sourceTime: null,
    fetchedAt: clock.now(),
  });
  return {
    db,
    clock,
    log: silentLogger,
    registry,
    processors: new Map(),
    prices: {
      name: "scripted",
      observe: (assets) => Promise.resolve(new Map(assets.map((asset) => [asset.id, priceOf(asset)]))),
    },
    chains: new Map(),
    depositChains: new Map([[chain.name, chain]]),
    clockAheadMs: () => 0,
    readDepositPolicy: () =>
      Promise.resolve({
        confirmations: [{ chain: "ethereum", belowUsdMicros: 1_000_000_000n, confirmations: 2n }],
        twoEndpointsFromUsdMicros: null,
        overpaidBps: 100,
        minimumUsdMicros: 100_000n,
        late: { policy: "credit", withinMs: 3_600_000 },
        ...policy,
      }),
    settings: { watchMs: 1_000 },
  };
}

async function writeOrder(
  db: Db,
  given: { clock: Clock; payees: readonly string[]; derivation: number | null; terms: OrderTerms },
): Promise<{ id: string; address: string }> {
  const { clock, payees, derivation, terms } = given;
  const id = newId();
  const address = terms.sharedAddress ?? `0xaddress${derivation}`;
  const expiresInMs = terms.expiresInMs ?? 3_600_000;
  const expiresAt = new Date(clock.now().getTime() + expiresInMs);
  const quotedUntil = new Date(clock.now().getTime() + (terms.quotedForMs ?? expiresInMs));
  await sql`
    insert into pay_order (id, request_hash, purpose, description, price_usd_micros, fee_bps, tolerance_bps, expires_at,
      created_at, status, checkout_status, processor)
    values (${id}, '', 'test', '', 50000000, 300, 100, ${expiresAt}, ${startedAt}, 'open', 'none', 'nowpayments')`.execute(
    db,
  );
  await sql`
    insert into pay_order_split (order_id, payee_id, weight_bps)
    values (${id}, ${payees[0]}, 7000), (${id}, ${payees[1]}, 3000)`.execute(db);
  await sql`
    insert into deposit_address (id, family, address, derivation_index, order_id, created_at, assigned_at)
    values (${newId()}, 'evm', ${address}, ${derivation}, ${derivation === null ? null : id}, ${startedAt},
      ${derivation === null ? null : startedAt}) on conflict do nothing`.execute(db);
  for (const [asset, amount] of Object.entries(terms.assets ?? { "ethereum:USDT": 50_000_000n }))
    await sql`
      insert into order_quote (order_id, asset, amount, address, shared, price, expires_at)
      values (${id}, ${asset}, ${amount}, ${address}, ${derivation === null}, '{}', ${quotedUntil})`.execute(
      db,
    );
  return { id, address };
}
