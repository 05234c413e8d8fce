import type { Reply } from "./programmable-server.ts";

/** One answer their documents know, and our verdict on it, as "failure reason". */
export interface Documented {
  readonly says: string;
  readonly reply: Reply;
  /** When we asked for a quote, a price, a list. */
  readonly asked: string;
  /** When we asked about one thing by its id; "null": it does not exist. As `asked` unless given. */
  readonly lookedUp?: string;
  /** When we asked them to do something. */
  readonly submitted: string;
}

const page = "<html><body>Error</body></html>";

/** Nothing happened, whatever was asked. */
export const refusal = (says: string, reply: Reply, reason: string): Documented => ({
  says,
  reply,
  asked: `rejected ${reason}`,
  submitted: `rejected ${reason}`,
});

/** A question may be asked again; whether a submission was heard is unknown. */
export const outage = (says: string, reply: Reply, reason: string): Documented => ({
  says,
  reply,
  asked: `retryable ${reason}`,
  submitted: `unknown ${reason}`,
});

/** Nothing happened yet, and asking again later is right. */
export const slowDown = (says: string, reply: Reply): Documented => ({
  says,
  reply,
  asked: "retryable rate_limited",
  submitted: "retryable rate_limited",
});

/** What every one of them documents, or answers through the network in front of it. */
export const commonAnswers: readonly Documented[] = [
  slowDown("429, empty", { status: 429 }),
  slowDown("429, null", { status: 429, body: "null" }),
  slowDown("429, HTML", { status: 429, body: page }),
  slowDown("429, JSON", {
    status: 429,
    body: '{"error":"not_found","message":"slow down","code":"NOT_FOUND"}',
  }),
  ...[500, 502, 503, 504, 520, 522, 524].map((status) =>
    outage(`${status}, HTML`, { status, body: page }, "server_error"),
  ),
  outage("500, JSON", { status: 500, body: '{"error":"not_found","code":"NOT_FOUND"}' }, "server_error"),
  outage("408", { status: 408, body: page }, "refused"),
  outage("409", { status: 409, body: page }, "refused"),
  outage("200, HTML", { body: page }, "malformed_answer"),
  outage("no answer", "hang", "timeout"),
  outage("a cut connection", "cut", "connection_lost"),
  refusal("a 404 page", { status: 404, body: page }, "endpoint_missing"),
  refusal("403, HTML", { status: 403, body: page }, "unauthorized"),
];
