import { keccak256, type Hex } from "viem";
import type { AnvilControl, RpcReply } from "./anvil-control.ts";
import type { RpcControl, RpcLie } from "./types.ts";
import { CutConnection, type WireAnswer, type WireRequest } from "./wire-server.ts";

interface Call {
  readonly jsonrpc: string;
  readonly id: unknown;
  readonly method: string;
  readonly params?: readonly unknown[];
}

/** Where a call names the block it asks about. */
const blockParameter: ReadonlyMap<string, number> = new Map([
  ["eth_getBalance", 1],
  ["eth_getTransactionCount", 1],
  ["eth_getCode", 1],
  ["eth_call", 1],
  ["eth_getStorageAt", 2],
  ["eth_getBlockByNumber", 0],
]);

export interface RpcProxy extends RpcControl {
  handle(request: WireRequest): Promise<WireAnswer>;
  describe(request: WireRequest): { method: string; path: string };
}

const toHex = (value: number): string => `0x${value.toString(16)}`;

/** The call as a node `blocks` behind would understand it. */
function rewind(call: Call, head: number): Call {
  const index = blockParameter.get(call.method);
  if (index === undefined) return call;
  const params = [...(call.params ?? [])];
  const asked = params[index] ?? "latest";
  const finalDepth = asked === "finalized" ? 2 : asked === "safe" ? 1 : 0;
  if (typeof asked === "string" && asked.startsWith("0x")) return call;
  if (asked === "earliest" || typeof asked !== "string") return call;
  params[index] = toHex(Math.max(0, head - finalDepth));
  return { ...call, params };
}

/** The truth, as a node at `head` would tell it: what came later has not happened. */
function hideNewer(call: Call, result: unknown, head: number): unknown {
  if (Array.isArray(result)) return result.filter((row: unknown) => hideNewer(call, row, head) !== null);
  if (typeof result !== "object" || result === null) return result;
  const height = "blockNumber" in result ? result.blockNumber : "number" in result ? result.number : null;
  if (typeof height !== "string" || parseInt(height, 16) <= head) return result;
  return call.method.startsWith("eth_get") ? null : result;
}

type LateLogs = Extract<RpcLie, { kind: "late_logs" }>;

/** The logs that are listed already; of a transaction, all or none. */
function listedOf(rows: unknown, head: number, { blocks, some = false }: LateLogs): unknown {
  if (!Array.isArray(rows)) return rows;
  return (rows as { blockNumber: string; transactionHash: string }[]).filter(
    ({ blockNumber, transactionHash }) =>
      parseInt(blockNumber, 16) <= head - blocks ||
      (some && parseInt(transactionHash.slice(-1), 16) % 2 === 0),
  );
}

class RpcLies {
  readonly dropped: { hash: string; raw: string }[] = [];
  private readonly anvil: AnvilControl;
  private lies = new Map<RpcLie["kind"], RpcLie>();

  constructor(anvil: AnvilControl) {
    this.anvil = anvil;
  }

  add(lie: RpcLie): void {
    this.lies.set(lie.kind, lie);
  }

  heal(kind?: RpcLie["kind"]): void {
    if (kind === undefined) this.lies.clear();
    else this.lies.delete(kind);
  }

  find<K extends RpcLie["kind"]>(kind: K): Extract<RpcLie, { kind: K }> | undefined {
    return this.lies.get(kind) as Extract<RpcLie, { kind: K }> | undefined;
  }

  async answer(call: Call): Promise<RpcReply> {
    const refused = this.find("method_error");
    if (refused?.method === call.method) return { error: { code: refused.code, message: refused.message } };
    const chain = this.find("wrong_chain");
    if (chain && call.method === "eth_chainId") return { result: toHex(chain.chainId) };
    if (chain && call.method === "net_version") return { result: String(chain.chainId) };
    if (call.method === "eth_sendRawTransaction") return this.answerSend(call);
    if (this.forgets(call)) return { result: null };
    const lag = this.find("lagging_head");
    const late = call.method === "eth_getLogs" ? this.find("late_logs") : undefined;
    if (lag === undefined && late === undefined) return this.forward(call);
    const head = Math.max(0, (await this.anvil.blockNumber()) - (lag?.blocks ?? 0));
    const reply = lag === undefined ? await this.forward(call) : await this.answerBehind(call, head);
    return late === undefined || "error" in reply ? reply : { result: listedOf(reply.result, head, late) };
  }

  private async answerBehind(call: Call, head: number): Promise<RpcReply> {
    if (call.method === "eth_blockNumber") return { result: toHex(head) };
    const reply = await this.forward(rewind(call, head));
    return "error" in reply ? reply : { result: hideNewer(call, reply.result, head) };
  }

  private async answerSend(call: Call): Promise<RpcReply> {
    const raw = call.params?.[0];
    if (this.find("drop_sends") && typeof raw === "string") {
      const hash = keccak256(raw as Hex);
      this.dropped.push({ hash, raw });
      return { result: hash };
    }
    const reply = await this.forward(call);
    if (this.find("lost_send_answer")) throw new CutConnection("lost_send_answer");
    return reply;
  }

  private forgets(call: Call): boolean {
    const forget = this.find("forget");
    if (!forget) return false;
    if (call.method !== "eth_getTransactionReceipt" && call.method !== "eth_getTransactionByHash")
      return false;
    return forget.hashes === undefined || forget.hashes.includes(String(call.params?.[0]));
  }

  private forward(call: Call): Promise<RpcReply> {
    return this.anvil.call(call.method, call.params ?? []);
  }
}

const isCall = (value: unknown): value is Call =>
  typeof value === "object" && value !== null && "method" in value;
const callsOf = (body: unknown): Call[] => (Array.isArray(body) ? body : [body]).filter(isCall);

/** Stands between the engine and the node. It speaks the truth until it is told to lie. */
export function createRpcProxy(anvil: AnvilControl): RpcProxy {
  const lies = new RpcLies(anvil);
  return {
    dropped: lies.dropped,
    lie: (lie) => lies.add(lie),
    heal: (kind) => lies.heal(kind),
    describe: ({ method, body }) => ({
      method,
      path: callsOf(body)
        .map((call) => call.method)
        .join(","),
    }),
    async handle({ body }) {
      if (lies.find("down")) throw new CutConnection("down");
      const http = lies.find("http");
      if (http) return { status: http.status, body: http.body ?? "<html><body>error</body></html>" };
      const replies: object[] = [];
      for (const call of callsOf(body))
        replies.push({ jsonrpc: "2.0", id: call.id, ...(await lies.answer(call)) });
      return { status: 200, body: Array.isArray(body) ? replies : (replies[0] ?? {}) };
    },
  };
}
