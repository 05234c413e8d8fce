import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { Clock } from "../src/clock.ts";
import type { Background } from "./background.ts";
import type { Fault, Faults, Journal, JournalRow, Network } from "./faults.ts";

export interface WireRequest {
  readonly method: string;
  /** Without the version prefix and the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  /** Parsed JSON; undefined when there is none or it is none. */
  readonly body: unknown;
}

/** A browser's request outside of the wire: what a person looks at and clicks. */
export interface PageRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The fields of a form. */
  readonly form: URLSearchParams;
}

export interface WireAnswer {
  readonly status: number;
  /** An object is sent as JSON; text as it stands. */
  readonly body: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by a handler to answer with an error of the emulated service. */
export class Refusal extends Error {
  readonly answer: WireAnswer;

  constructor(status: number, body: object | string) {
    super(`refused with ${status}`);
    this.answer = { status, body };
  }
}

/** Thrown by a handler that wants the client to see no answer at all. */
export class CutConnection extends Error {}

export interface WireServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface WireServerOptions {
  /** Null: no faults and no journal, for the control API itself. */
  readonly world: { readonly server: Network; readonly faults: Faults; readonly journal: Journal } | null;
  readonly prefix: string;
  readonly port: number | undefined;
  readonly clock: Clock;
  readonly background: Background;
  handle(request: WireRequest): Promise<WireAnswer> | WireAnswer;
  /** Pages of the emulated service, beside the prefix; nobody's faults meet them and no journal has them. */
  page?(request: PageRequest): WireAnswer;
  /** What the journal and the fault rules call the request; by default its method and path with the query. */
  describe?(request: WireRequest): { method: string; path: string };
}

const largestBody = 4_000_000;

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBody) throw new Refusal(413, "request entity too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, { status, body, headers = {} }: WireAnswer): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const type = typeof body === "string" ? "text/html; charset=utf-8" : "application/json; charset=utf-8";
  response.writeHead(status, { "content-type": type, ...headers });
  response.end(text);
}

/** Cuts the connection, so that the client sees no answer at all. */
const cut = (response: ServerResponse): void => void response.socket?.destroy();

function cutInTheMiddle(response: ServerResponse, answer: WireAnswer): void {
  const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
  send(response, {
    status: answer.status,
    body: text.slice(0, Math.floor(text.length / 2)),
    headers: { "content-type": "application/json; charset=utf-8" },
  });
}

/** Answers one request, or fails to, as its fault says. @returns the status sent, null when none was. */
async function respond(
  options: WireServerOptions,
  request: WireRequest,
  response: ServerResponse,
  fault: Fault | null,
): Promise<number | null> {
  if (fault?.kind === "http") {
    const { status, body = {}, headers = {} } = fault;
    send(response, { status, body, headers });
    return status;
  }
  if (fault?.kind === "timeout") return null;
  if (fault?.kind === "lost_request") {
    cut(response);
    return null;
  }
  const answer = await answerOf(options, request);
  if (fault?.kind === "latency") await options.background.sleep(fault.ms);
  if (fault?.kind === "timeout_after") return null;
  if (fault?.kind === "lost_answer") {
    cut(response);
    return null;
  }
  if (fault?.kind === "malformed") cutInTheMiddle(response, answer);
  else send(response, answer);
  return answer.status;
}

async function answerOf(options: WireServerOptions, request: WireRequest): Promise<WireAnswer> {
  try {
    return await options.handle(request);
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    if (error instanceof CutConnection || options.background.signal.aborted) throw error;
    const message = error instanceof Error ? error.message : String(error);
    return { status: 500, body: { error: "sandbox_error", message } };
  }
}

async function serve(
  options: WireServerOptions,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(incoming.url ?? "/", "http://sandbox");
  const text = await readText(incoming);
  const { method = "GET" } = incoming;
  if (!url.pathname.startsWith(options.prefix)) {
    const shown = { method, path: url.pathname, query: url.searchParams, form: new URLSearchParams(text) };
    return send(response, options.page?.(shown) ?? { status: 404, body: "Not Found" });
  }
  const request: WireRequest = {
    method,
    path: url.pathname.slice(options.prefix.length) || "/",
    query: url.searchParams,
    headers: incoming.headers,
    body: parseBody(text),
  };
  const { world } = options;
  if (world === null) return void (await respond(options, request, response, null));
  const told = options.describe?.(request) ?? {
    method: request.method,
    path: `${request.path}${url.search}`,
  };
  const row: JournalRow = {
    server: world.server,
    ...told,
    body: request.body,
    status: null,
    at: options.clock.now(),
  };
  world.journal.add(row);
  row.status = await respond(
    options,
    request,
    response,
    world.faults.take({ server: world.server, ...told }),
  );
}

/** An HTTP server on loopback that answers, and fails, as told. */
export async function startWireServer(options: WireServerOptions): Promise<WireServer> {
  const server = createServer((incoming, response) => {
    serve(options, incoming, response).catch((error: unknown) => {
      if (error instanceof Refusal && !response.headersSent) send(response, error.answer);
      else cut(response);
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return {
    url: `http://127.0.0.1:${address.port}${options.prefix}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
