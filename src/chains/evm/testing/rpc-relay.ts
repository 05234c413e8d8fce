import { once } from "node:events";
import { createServer } from "node:http";

export interface RpcCall {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** What to answer instead of the node: a result, an error, a raw body, or a cut connection. */
export type Interference =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string } }
  | { readonly status: number; readonly body: string }
  | "cut"
  | "cut_after"; // the node gets the request; its answer is lost

export interface RpcRelay {
  readonly url: string;
  readonly calls: string[];
  /** Decides about each call; `null` passes it on. */
  interfere: (call: RpcCall) => Interference | null;
  close(): Promise<void>;
}

/** A node that can be told to lie, in front of one that tells the truth. */
export async function startRpcRelay(nodeUrl: string): Promise<RpcRelay> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString("utf8");
    const call = JSON.parse(body) as RpcCall;
    relay.calls.push(call.method);
    const interference = relay.interfere(call);
    if (interference === "cut") return void request.socket.destroy();
    if (interference !== null && interference !== "cut_after") {
      if ("status" in interference)
        return void response.writeHead(interference.status).end(interference.body);
      response.writeHead(200, { "content-type": "application/json" });
      return void response.end(JSON.stringify({ jsonrpc: "2.0", id: call.id, ...interference }));
    }
    const headers = { "content-type": "application/json" };
    const answer = await (await fetch(nodeUrl, { method: "POST", headers, body })).text();
    if (interference === "cut_after") return void request.socket.destroy();
    response.writeHead(200, headers).end(answer);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const relay: RpcRelay = {
    url: `http://127.0.0.1:${port}/v3/secret-key-in-path`,
    calls: [],
    interfere: () => null,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return relay;
}
