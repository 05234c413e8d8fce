import { expect } from "vitest";
import type { SandboxChain, SandboxOptions } from "../../sandbox/types.ts";
import { parseMoney, registry } from "../../src/money/index.ts";
import { eventually, findTrouble, startWorld, type ApiAnswer, type World } from "../support/index.ts";

export interface Quote {
  readonly asset: string;
  readonly chain: SandboxChain;
  readonly amount: string;
  readonly address: string;
  readonly exact_amount: boolean;
  readonly remaining: string | null;
  readonly expires_at: string;
}

export interface DirectOrder {
  readonly id: string;
  readonly status: string;
  readonly checkout_status: string;
  readonly paid_usd: string;
  readonly remaining_usd: string;
  readonly overpaid_usd: string;
  readonly overpaid: readonly { asset: string; amount: string }[];
  readonly direct_payment: readonly Quote[];
}

export interface Claim {
  readonly id: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly transaction_hash: string;
  readonly payments: readonly {
    status: string;
    final: boolean;
    amount: { amount: string };
    surplus: { amount: string };
  }[];
}

export interface Settled {
  readonly id: string;
  readonly status: string;
  readonly arrival: string;
  readonly order_id: string;
  readonly settled: { asset: string; amount: string };
  readonly earnings: readonly {
    payee_id: string;
    status: string;
    share: { asset: string; amount: string };
  }[];
}

/**
 * A world where payers pay straight on chain, on Ethereum and the chains asked for.
 * @param options.gathers whether their coins are sent on to the hot wallet; they stay where they are unless said.
 */
export async function startDirectWorld(
  chains: NonNullable<SandboxOptions["chains"]> = {},
  options: { sandbox?: SandboxOptions; gathers?: boolean; env?: Record<string, string> } = {},
): Promise<World> {
  const world = await startWorld({
    direct: true,
    sandbox: { blocks: 0.3, chainStepMs: 20, chains, ...options.sandbox },
    env: { DEPOSIT_WATCH_MS: "200", ...options.env },
  });
  if (!options.gathers) await changeSetting(world, "direct_payments", { sweep_maximum_fee_bps: 0 });
  return world;
}

/** Creates an order of one payee's that may be paid in these assets. */
export async function orderIn(
  world: World,
  assets: readonly string[],
  terms: Record<string, unknown> = {},
): Promise<DirectOrder> {
  const payee = await world.payee();
  const { status, body } = await world.api<DirectOrder>("POST", "/v1/orders", {
    price_usd: "25",
    splits: [{ payee_id: payee, share_bps: 10_000 }],
    accept_assets: assets,
    ...terms,
  });
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
}

export function quoteIn(order: DirectOrder, asset: string): Quote {
  const quote = order.direct_payment.find((one) => one.asset === asset);
  if (!quote) throw new Error(`the order has no quote in ${asset}`);
  return quote;
}

export const unitsOf = ({ asset, amount }: { asset: string; amount: string }): bigint =>
  parseMoney(amount, registry.get(asset)).amount;

/** A stranger sends what is asked, or so many thousandths of it. @returns the hash */
export function payQuote(
  world: World,
  quote: Quote,
  { permille = 1_000n, fails = false }: { permille?: bigint; fails?: boolean } = {},
): Promise<string> {
  const { chain, asset, address } = quote;
  const amount = (unitsOf(quote) * permille) / 1_000n;
  return world.sandbox.pay({ chain, asset: registry.get(asset).symbol, to: address, amount, fails });
}

export const verify = (
  world: World,
  orderId: string,
  chain: string,
  transactionHash: string,
): Promise<ApiAnswer<Claim & { code?: string }>> =>
  world.api("POST", "/v1/payments/verify", { order_id: orderId, chain, transaction_hash: transactionHash });

export const readOrder = async (world: World, id: string): Promise<DirectOrder> =>
  (await world.api<DirectOrder>("GET", `/v1/orders/${id}`)).body;

export const orderIs = (world: World, id: string, status: string): Promise<DirectOrder> =>
  eventually(`order ${id} ${status}`, async () => {
    const order = await readOrder(world, id);
    return order.status === status && order;
  });

export async function paymentsOf(world: World, orderId: string): Promise<Settled[]> {
  const { body } = await world.api<{ data: Settled[] }>("GET", "/v1/payments?limit=200");
  const own = body.data.filter((one) => one.order_id === orderId);
  return Promise.all(own.map(async ({ id }) => (await world.api<Settled>("GET", `/v1/payments/${id}`)).body));
}

/** A claim by its id until it stands so. */
export const claimIs = (world: World, id: string, reason: string): Promise<Claim> =>
  eventually(`claim ${id} ${reason}`, async () => {
    const { body } = await world.api<Claim>("GET", `/v1/payments/verify/${id}`);
    return body.reason === reason && body;
  });

/** Tells the hash, and waits until the claim stands so. */
export async function verifiedAs(
  world: World,
  orderId: string,
  chain: string,
  transactionHash: string,
  reason: string,
): Promise<Claim> {
  const { status, body } = await verify(world, orderId, chain, transactionHash);
  expect(status, JSON.stringify(body)).toBe(200);
  return body.reason === reason ? body : claimIs(world, body.id, reason);
}

/** Changes some fields of a setting, over the API. */
export async function changeSetting(
  world: World,
  key: string,
  changed: Record<string, unknown>,
): Promise<void> {
  const { body } = await world.api<{ value: Record<string, unknown> }>("GET", `/v1/settings/${key}`);
  const value = { ...body.value, ...changed };
  const answer = await world.api("PUT", `/v1/settings/${key}`, { value });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
}

/** Books against themselves and against the chains, and the sandbox without a failure of its own. */
export async function expectWhole(world: World): Promise<void> {
  await eventually("the books agree", async () => (await findTrouble(world)).length === 0).catch(async () =>
    expect(await findTrouble(world)).toEqual([]),
  );
  expect(world.sandbox.failures).toEqual([]);
}
