import { z } from "zod";
import type { MailFault } from "./mail-server.ts";
import type { ChatState } from "./telegram.ts";
import type { PayRequest, RpcLie, Sandbox, SwapEmulatorControl, SwapOutcome } from "./types.ts";
import type { FaultRule } from "./faults.ts";
import { Refusal, type WireAnswer, type WireRequest } from "./wire-server.ts";

type World = Omit<Sandbox, "urls">;

const network = z.enum([
  "nowpayments",
  "changenow",
  "simpleswap",
  "flutterwave",
  "coingecko",
  "binance",
  "coinbase",
  "rpc",
  "bsc",
  "solana",
  "tron",
  "aptos",
  "telegram",
]);
const chain = z.enum(["ethereum", "bnb-smart-chain", "solana", "tron", "aptos"]);
const evmChain = chain.extract(["ethereum", "bnb-smart-chain"]).default("ethereum");
const paymentId = z.coerce.number().int();
const outcome = z.custom<SwapOutcome>(
  (value) => typeof value === "object" && value !== null && "kind" in value,
);
const times = z.number().int().positive().optional();
const baseUnits = z
  .string()
  .regex(/^\d{1,60}$/)
  .transform(BigInt);

/** Which swap provider is meant; the first one unless said. */
const provider = z.enum(["changenow", "simpleswap"]).default("changenow");

function swapProvider(world: World, name: z.output<typeof provider>): SwapEmulatorControl {
  const found = world[name];
  if (found === null)
    throw new Refusal(400, { error: "not_started", message: "This world was started without SimpleSwap." });
  return found;
}

function evmOf(world: World, name: z.output<typeof evmChain>): Pick<World, "anvil" | "rpc"> {
  const found = name === "ethereum" ? world : world.bsc;
  if (found === null)
    throw new Refusal(400, { error: "not_started", message: `This world was started without ${name}.` });
  return found;
}

function noticesOf({ notices }: World): NonNullable<World["notices"]> {
  if (notices === null)
    throw new Refusal(400, { error: "not_started", message: "This world was started without notices." });
  return notices;
}

/** Whoever knows an order by its id alone pays its newest invoice. */
function withInvoice(
  nowpayments: World["nowpayments"],
  { orderId, ...request }: PayRequest & { readonly orderId?: string },
): PayRequest {
  if (orderId === undefined) return request;
  const invoice = nowpayments.invoices().findLast((one) => one.orderId === orderId);
  if (invoice === undefined)
    throw new Refusal(400, {
      error: "unknown_order",
      message: `There is no invoice for the order ${orderId}.`,
    });
  return { ...request, invoiceId: invoice.id };
}

interface Command {
  readonly input: z.ZodType;
  run(world: World, input: never): unknown;
}

const command = <T extends z.ZodType>(
  input: T,
  run: (world: World, input: z.output<T>) => unknown,
): Command => ({ input, run });
const anything = <T>() => z.custom<T>((value) => typeof value === "object" && value !== null);

/** Every control by its path: `POST /sandbox/<name>` with its input as JSON. README.md documents them. */
const commands: Readonly<Record<string, Command>> = {
  pay: command(anything<PayRequest & { orderId?: string }>(), async ({ nowpayments }, request) => {
    const { paymentId: id, childId } = await nowpayments.pay(withInvoice(nowpayments, request));
    return { payment_id: id, child_id: childId };
  }),
  "duplicate-ipn": command(z.object({ paymentId }), ({ nowpayments }, input) =>
    nowpayments.duplicateIpn(input.paymentId),
  ),
  "resend-ipn": command(z.object({ paymentId, status: z.string().optional() }), ({ nowpayments }, input) =>
    nowpayments.resend(input.paymentId, input.status),
  ),
  "release-ipns": command(
    z.object({ paymentId, order: z.enum(["in_order", "reversed"]).optional() }),
    ({ nowpayments }, input) => nowpayments.releaseIpns(input.paymentId, input.order),
  ),
  "drop-ipn": command(z.object({ times: z.union([times, z.literal("all")]) }), ({ nowpayments }, input) =>
    nowpayments.dropIpn(input.times),
  ),
  "set-payment-status": command(z.object({ paymentId, status: z.string() }), ({ nowpayments }, input) =>
    nowpayments.setStatus(input.paymentId, input.status),
  ),
  "configure-nowpayments": command(anything<object>(), ({ nowpayments }, input) =>
    nowpayments.configure(input),
  ),
  "configure-changenow": command(anything<object>(), ({ changenow }, input) => changenow.configure(input)),
  "configure-simpleswap": command(anything<object>(), (world, input) =>
    swapProvider(world, "simpleswap").configure(input),
  ),
  "next-outcome": command(z.object({ provider, outcome, times }), (world, input) =>
    swapProvider(world, input.provider).nextOutcome(input.outcome, input.times),
  ),
  "set-outcome": command(z.object({ provider, id: z.string(), outcome }), (world, input) =>
    swapProvider(world, input.provider).setOutcome(input.id, input.outcome),
  ),
  release: command(z.object({ provider, id: z.string() }), (world, input) =>
    swapProvider(world, input.provider).release(input.id),
  ),
  "refuse-next": command(z.object({ provider, error: z.string(), times }), (world, input) =>
    swapProvider(world, input.provider).refuseNext(input.error, input.times),
  ),
  "deposit-by-hand": command(z.object({ provider, id: z.string(), amount: z.string() }), (world, input) =>
    swapProvider(world, input.provider).deposit(input.id, input.amount),
  ),
  "set-min-amount": command(
    z.object({ provider, from: z.string(), to: z.string().optional(), amount: z.string() }),
    (world, input) => swapProvider(world, input.provider).setMinAmount(input),
  ),
  "set-pair-active": command(
    z.object({ provider, from: z.string(), to: z.string(), active: z.boolean() }),
    (world, input) => swapProvider(world, input.provider).setPairActive(input),
  ),
  fault: command(z.object({ server: network, rule: anything<FaultRule>() }), ({ faults }, input) =>
    faults.next(input.server, input.rule),
  ),
  outage: command(z.object({ server: network }), ({ faults }, input) => faults.outage(input.server)),
  "mail-fault": command(z.object({ fault: anything<MailFault>(), times }), (world, input) =>
    noticesOf(world).mail.next(input.fault, input.times),
  ),
  "set-chat": command(
    z.object({ chatId: z.string(), state: z.custom<ChatState | "there">((value) => value !== undefined) }),
    (world, input) => noticesOf(world).telegram.setChat(input.chatId, input.state),
  ),
  "rpc-lie": command(anything<RpcLie & { chain?: z.input<typeof evmChain> }>(), (world, input) =>
    evmOf(world, evmChain.parse(input.chain)).rpc.lie(input),
  ),
  heal: command(z.object({ server: network.optional() }), (world, { server }) =>
    server === undefined ? world.heal() : world.faults.heal(server),
  ),
  prices: command(z.record(z.string(), z.string()), ({ prices }, input) => prices.set(input)),
  fund: command(z.object({ address: z.string(), assetId: z.string(), amount: baseUnits }), (world, input) =>
    world.fundWallet(input.address, input.assetId, input.amount),
  ),
  deposit: command(z.object({ to: z.string(), assetId: z.string(), amount: baseUnits }), (world, input) =>
    world.deposit(input),
  ),
  "pay-on-chain": command(
    z.object({
      chain,
      asset: z.string(),
      to: z.string(),
      amount: baseUnits,
      fails: z.boolean().default(false),
    }),
    async (world, input) => ({ transaction_hash: await world.pay(input) }),
  ),
  "fake-usdt": command(z.object({ chain }), async (world, input) => ({
    asset: await world.fakeUsdt(input.chain),
  })),
  mine: command(
    z.object({ chain: evmChain, blocks: z.number().int().positive().optional() }),
    (world, input) => evmOf(world, input.chain).anvil.mine(input.blocks),
  ),
  reorg: command(z.object({ chain: evmChain, depth: z.number().int().positive() }), (world, input) =>
    evmOf(world, input.chain).anvil.reorg(input.depth),
  ),
};

const views: Readonly<Record<string, (world: World) => unknown>> = {
  env: ({ env }) => env,
  payments: ({ nowpayments }) => nowpayments.payments(),
  invoices: ({ nowpayments }) => nowpayments.invoices(),
  ipns: ({ nowpayments }) => nowpayments.ipns,
  exchanges: ({ changenow, simpleswap }) => [...changenow.exchanges(), ...(simpleswap?.exchanges() ?? [])],
  mails: ({ notices }) => notices?.mail.mails ?? [],
  messages: ({ notices }) => notices?.telegram.messages ?? [],
  faults: ({ faults }) => faults.applied,
  journal: ({ journal }) => journal.rows,
};

/** The controls over HTTP, for a person with curl or a test in another process. */
export function createControlHandler(world: World): (request: WireRequest) => Promise<WireAnswer> {
  return async ({ method, path, body }) => {
    const name = path.slice(1);
    const view = method === "GET" ? views[name] : undefined;
    if (view) return { status: 200, body: { result: view(world) } };
    const found = method === "POST" ? commands[name] : undefined;
    if (!found)
      throw new Refusal(404, {
        error: "unknown_control",
        message: `GET one of ${Object.keys(views).join(", ")}; POST one of ${Object.keys(commands).join(", ")}.`,
      });
    const input = found.input.safeParse(body ?? {});
    if (!input.success)
      throw new Refusal(400, { error: "invalid_input", message: z.prettifyError(input.error) });
    const result = await found.run(world, input.data as never);
    return { status: 200, body: { result: result ?? null } };
  };
}
