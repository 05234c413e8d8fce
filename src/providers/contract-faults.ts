import type { Reply } from "./programmable-server.ts";

/** One way of not answering, and the verdicts on it, as "failure reason". */
export interface Fault {
  readonly name: string;
  readonly reply: Reply;
  readonly read: string;
  readonly write: string;
}

const html = "<html><body>502 Bad gateway</body></html>";

/** Whether it happened cannot be told: a question may be asked again, a request that changes something may not. */
const undecided = (name: string, reply: Reply, reason: string): Fault => ({
  name,
  reply,
  read: `retryable ${reason}`,
  write: `unknown ${reason}`,
});

const decided = (name: string, reply: Reply, verdict: string): Fault => ({
  name,
  reply,
  read: verdict,
  write: verdict,
});

/** @param secrets what the other side says back, in every answer that has a body. */
export function faultsEchoing(secrets: readonly string[]): Fault[] {
  const echo = secrets.join(" ");
  const body = `${html} ${echo}`;
  const retryAfter = { "retry-after": "2" };
  return [
    undecided("no answer in time", "hang", "timeout"),
    undecided("a cut connection", "cut", "connection_lost"),
    undecided("half an answer", "cut_body", "connection_lost"),
    undecided("500 in HTML", { status: 500, body }, "server_error"),
    undecided("502, empty", { status: 502 }, "server_error"),
    undecided("truncated JSON", { body: `{"id":"${echo}` }, "malformed_answer"),
    undecided("HTML with 200", { body }, "malformed_answer"),
    undecided("JSON of another shape", { body: `["${echo}"]` }, "malformed_answer"),
    undecided("an endless body", { body: " ".repeat(1_100_000) }, "answer_too_large"),
    undecided("a redirect", { status: 302, headers: { location: "/elsewhere" } }, "unexpected_status"),
    undecided("408", { status: 408 }, "refused"),
    decided("429", { status: 429, body, headers: retryAfter }, "retryable rate_limited"),
    decided("429, body null", { status: 429, body: "null" }, "retryable rate_limited"),
    decided("403 in HTML", { status: 403, body }, "rejected unauthorized"),
  ];
}
