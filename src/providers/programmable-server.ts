import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** "hang": never answers. "cut": closes the connection after the request. "cut_body": half an answer, then closes. */
export type Reply =
  "hang" | "cut" | "cut_body" | { status?: number; body?: string; headers?: Record<string, string> };

export interface ProgrammableServer {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** How every following request is answered. */
  answer(reply: Reply | ((request: ReceivedRequest) => Reply)): void;
  close(): Promise<void>;
}

async function receive(message: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const url = new URL(message.url ?? "/", "http://localhost");
  return {
    method: message.method ?? "",
    path: url.pathname,
    query: url.searchParams,
    headers: message.headers,
    body: Buffer.concat(chunks).toString("utf8"),
  };
}

function send(response: ServerResponse, reply: Reply): void {
  if (reply === "hang") return;
  if (reply === "cut") return void response.destroy();
  if (reply === "cut_body") {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
    return void response.write('{"half":', () => response.destroy());
  }
  response.writeHead(reply.status ?? 200, { "content-type": "application/json", ...reply.headers });
  response.end(reply.body ?? "");
}

/** Somebody else's server, in this process, that answers as a test says. */
export async function startProgrammableServer(): Promise<ProgrammableServer> {
  const requests: ReceivedRequest[] = [];
  let reply: Reply | ((request: ReceivedRequest) => Reply) = { status: 500 };
  const server = createServer((message, response) => {
    void receive(message).then((request) => {
      requests.push(request);
      send(response, typeof reply === "function" ? reply(request) : reply);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer: (next) => void (reply = next),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
