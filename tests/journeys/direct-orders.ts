import { expect } from "vitest";
import type { Schemas } from "../../client/index.ts";
import type { SandboxChain, SandboxOptions } from "../../sandbox/types.ts";
import { parseMoney, registry } from "../../src/money/index.ts";
import {
  answerTo,
  changeSetting,
  eventually,
  findTrouble,
  startWorld,
  type World,
} from "../support/index.ts";

export type Quote = Schemas["Quote"];
export type DirectOrder = Schemas["OrderWithQuotes"];
export type Claim = Schemas["PaymentClaim"];
export type Settled = Schemas["PaymentWithEarnings"];

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
  terms: Partial<Schemas["CreateOrder"]> = {},
): Promise<DirectOrder> {
  const splits = terms.splits ?? [{ payee_id: await world.payee(), share_bps: 10_000 }];
  const body = { price_usd: "25", accept_assets: [...assets], ...terms, splits };
  return world.client.post("/v1/orders", { body });
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
  const { asset, address } = quote;
  const chain = quote.chain as SandboxChain;
  const amount = (unitsOf(quote) * permille) / 1_000n;
  return world.sandbox.pay({ chain, asset: registry.get(asset).symbol, to: address, amount, fails });
}

export const verify = (world: World, orderId: string, chain: string, transactionHash: string) =>
  answerTo(
    world.client.post("/v1/payments/verify", {
      body: { order_id: orderId, chain, transaction_hash: transactionHash },
    }),
  );

export const readOrder = (world: World, id: string): Promise<DirectOrder> =>
  world.client.get("/v1/orders/{id}", { params: { path: { id } } });

export const orderIs = (world: World, id: string, status: string): Promise<DirectOrder> =>
  eventually(`order ${id} ${status}`, async () => {
    const order = await readOrder(world, id);
    return order.status === status && order;
  });

export async function paymentsOf({ client }: World, orderId: string): Promise<Settled[]> {
  const query = { order_id: orderId, limit: 200 };
  const { data } = await client.get("/v1/payments", { params: { query } });
  return Promise.all(data.map(({ id }) => client.get("/v1/payments/{id}", { params: { path: { id } } })));
}

/** A claim by its id until it stands so. */
export const claimIs = (world: World, id: string, reason: string): Promise<Claim> =>
  eventually(`claim ${id} ${reason}`, async () => {
    const claim = await world.client.get("/v1/payments/verify/{id}", { params: { path: { id } } });
    return claim.reason === reason && claim;
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

/** Books against themselves and against the chains, and the sandbox without a failure of its own. */
export async function expectWhole(world: World): Promise<void> {
  await eventually("the books agree", async () => (await findTrouble(world)).length === 0).catch(async () =>
    expect(await findTrouble(world)).toEqual([]),
  );
  expect(world.sandbox.failures).toEqual([]);
}
