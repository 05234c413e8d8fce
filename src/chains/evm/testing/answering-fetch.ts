import type { RpcReply } from "../../../../sandbox/anvil-control.ts";
import type { RpcCall } from "../endpoint.ts";

export interface AnsweringFetch {
  readonly fetch: typeof globalThis.fetch;
  /** The calls of each HTTP request, in order. */
  readonly requests: RpcCall[][];
}

type Batches = "taken" | "shuffled" | "refused" | "not_found";

/** A way out to nodes that are a function: no socket is opened. `host` tells several nodes apart. */
export function answeringFetch(
  answer: (call: RpcCall, host: string) => RpcReply | Promise<RpcReply>,
  batches: Batches = "taken",
): AnsweringFetch {
  const requests: RpcCall[][] = [];
  const respond = (body: unknown, status = 200) =>
    new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
  return {
    requests,
    fetch: async (url, init) => {
      const body = JSON.parse(String(init?.body)) as
        (RpcCall & { id: number }) | (RpcCall & { id: number })[];
      const calls = [body].flat();
      requests.push(calls);
      if (Array.isArray(body) && batches === "refused")
        return respond({ jsonrpc: "2.0", id: null, error: { code: -32600, message: "batch not supported" } });
      if (Array.isArray(body) && batches === "not_found") return respond("no batches here", 405);
      const replies = [];
      for (const call of calls)
        replies.push({ jsonrpc: "2.0", id: call.id, ...(await answer(call, new URL(String(url)).host)) });
      if (!Array.isArray(body)) return respond(replies[0]);
      return respond(batches === "shuffled" ? replies.toReversed() : replies);
    },
  };
}
