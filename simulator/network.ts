import { CutConnection, Refusal, type WireAnswer, type WireRequest } from "../sandbox/wire-server.ts";
import type { Interleaver } from "./fibers.ts";

/** What can go wrong with one call. */
export type CallFault = "lost_request" | "lost_answer" | "unavailable" | "rate_limited" | "garbled";

export interface Server {
  /** As the crash points name it. */
  readonly name: string;
  readonly prefix: string;
  handle(request: WireRequest): Promise<WireAnswer> | WireAnswer;
  /** In place of method and path, for the names of crash points. */
  describe?(request: WireRequest): string;
}

export interface NetworkOptions {
  readonly interleaver: Interleaver;
  /** By host and port. */
  readonly servers: ReadonlyMap<string, Server>;
  /** What happens to this call, by its name: "changenow POST /exchange"; null: nothing. */
  fault(call: string): CallFault | null;
  /** Told of each call and what became of it. */
  trace(line: string): void;
}

const lost = (): TypeError =>
  new TypeError("fetch failed", {
    cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }),
  });

/** Ids and hashes differ from run to run; a point is the same point whatever they are. */
const withoutIds = (path: string): string =>
  path.replace(/\/(0x)?[0-9a-f]{6,}|\/\d{4,}|\/[0-9a-f-]{36}/gi, "/:id");

function requestOf(server: Server, url: URL, init: RequestInit): WireRequest {
  const headers: Record<string, string> = {};
  new Headers(init.headers).forEach((value, name) => (headers[name] = value));
  let body: unknown;
  try {
    body = typeof init.body === "string" ? JSON.parse(init.body) : undefined;
  } catch {
    body = undefined;
  }
  return {
    method: init.method ?? "GET",
    path: url.pathname.slice(server.prefix.length) || "/",
    query: url.searchParams,
    headers,
    body,
  };
}

async function answerOf(server: Server, request: WireRequest): Promise<WireAnswer> {
  try {
    return await server.handle(request);
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    if (error instanceof CutConnection) throw lost();
    throw error;
  }
}

function respond({ status, body, headers = {} }: WireAnswer, fault: CallFault | null): Response {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const type = typeof body === "string" ? "text/html; charset=utf-8" : "application/json; charset=utf-8";
  const sent = fault === "garbled" ? text.slice(0, Math.floor(text.length / 2)) : text;
  return new Response(sent, { status, headers: { "content-type": type, ...headers } });
}

/** The way to the emulated providers and the chain, without a socket. Each call is one effect. */
export function createNetwork(options: NetworkOptions): typeof globalThis.fetch {
  const { interleaver, servers, trace } = options;
  const call = async (server: Server, request: WireRequest, name: string): Promise<Response> => {
    const fault = options.fault(name);
    trace(`${name}${fault === null ? "" : ` (${fault})`}`);
    if (fault === "lost_request") throw lost();
    if (fault === "unavailable")
      return respond({ status: 503, body: "<html>Service Unavailable</html>" }, null);
    if (fault === "rate_limited")
      return respond({ status: 429, body: { message: "Too many requests" } }, null);
    const answer = await answerOf(server, request);
    if (fault === "lost_answer") throw lost();
    return respond(answer, fault);
  };
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const server = servers.get(url.host);
    if (server === undefined || !url.pathname.startsWith(server.prefix)) throw lost();
    const request = requestOf(server, url, init);
    const what = server.describe?.(request) ?? `${request.method} ${withoutIds(request.path)}`;
    const name = `${server.name} ${what}`;
    return interleaver.perform<Response>({
      point: name,
      freesLocks: false,
      run: () => call(server, request, name),
    });
  };
}
