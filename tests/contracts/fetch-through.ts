import type { RpcProxy } from "../../sandbox/rpc-proxy.ts";
import { CutConnection } from "../../sandbox/wire-server.ts";

/** A way out that ends in the proxy, whatever the address: no socket is opened. */
export function fetchThrough(proxy: RpcProxy): typeof globalThis.fetch {
  return async (_url, init) => {
    const body: unknown = JSON.parse(String(init?.body));
    const request = { method: "POST", path: "/", query: new URLSearchParams(), headers: {}, body };
    try {
      const answer = await proxy.handle(request);
      const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
      return new Response(text, { status: answer.status, headers: { "content-type": "application/json" } });
    } catch (error) {
      if (error instanceof CutConnection) throw new TypeError("fetch failed", { cause: error });
      throw error;
    }
  };
}
