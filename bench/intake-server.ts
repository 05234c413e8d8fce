// The engine's own server with the processor's webhook and one that only verifies, in a process of its own.
import { systemClock } from "../src/clock.ts";
import { connect } from "../src/database/index.ts";
import { buildServer, defineWebhook, processorWebhook } from "../src/http/index.ts";
import { registry } from "../src/money/index.ts";
import { createIntake } from "../src/intake/index.ts";
import { createNowpayments } from "../src/providers/nowpayments/index.ts";
import { createMetrics, silentLogger } from "../src/telemetry/index.ts";

/** Milliseconds that the event loop was held by each request, by the id that it carries. */
export interface Holds {
  readonly holds: Readonly<Record<string, number>>;
}

const [url = "", secret = ""] = process.argv.slice(2);
const database = connect(url, { max: 8 });
const processor = createNowpayments({
  baseUrl: "http://127.0.0.1:9",
  apiKey: "bench",
  ipnSecret: secret,
  registry,
  clock: systemClock,
});
const intake = createIntake({
  db: database.db,
  clock: systemClock,
  processors: new Map([[processor.name, processor]]),
});
const verifyOnly = defineWebhook({
  path: "/webhooks/verify-only",
  summary: "Verifies the signature and stores nothing",
  problems: [],
  async handle({ raw, headers }) {
    return { received: processor.verifyEvent(raw, headers) !== null, duplicate: false };
  },
});
const server = await buildServer({
  db: database.db,
  clock: systemClock,
  log: silentLogger,
  metrics: createMetrics(),
  routes: [],
  webhooks: [processorWebhook(intake, processor.name), verifyOnly],
  checks: [],
});
const holds = new Map<string, number>();
let watched: { id: string; longestMs: number; ended: boolean } | null = null;
let lastTick = Number.POSITIVE_INFINITY;
let watching = false;

/** Comes round as often as the loop does: what is between two rounds, a request held. Its headers' reading is in the first. */
function tick(): void {
  if (!watching) return;
  const now = performance.now();
  if (watched !== null) {
    watched.longestMs = Math.max(watched.longestMs, now - lastTick);
    if (watched.ended) {
      holds.set(watched.id, watched.longestMs);
      watched = null;
    }
  }
  lastTick = now;
  setImmediate(tick);
}

server.server.prependListener("request", (request, response) => {
  if (!watching) return;
  const current = { id: String(request.headers["x-request-id"]), longestMs: 0, ended: false };
  watched = current;
  response.on("close", () => (current.ended = true));
});
process.on("message", (message) => {
  watching = message === "watch";
  if (watching) {
    holds.clear();
    lastTick = performance.now();
    setImmediate(tick);
  } else process.send?.({ holds: Object.fromEntries(holds) } satisfies Holds);
});

await server.listen({ port: 0, host: "127.0.0.1" });
const address = server.server.address();
process.send?.({ port: typeof address === "object" ? address?.port : null });
process.on("disconnect", () => process.exit(0)); // whoever started us is gone
