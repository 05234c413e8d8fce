// The engine's own server with the processor's webhook and one that only verifies, in a process of its own.
import { systemClock } from "../src/clock.ts";
import { connect } from "../src/database/index.ts";
import { buildServer, defineWebhook, processorWebhook } from "../src/http/index.ts";
import { registry } from "../src/money/index.ts";
import { createIntake } from "../src/intake/index.ts";
import { createNowpayments } from "../src/providers/nowpayments/index.ts";
import { createMetrics, silentLogger } from "../src/telemetry/index.ts";

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
await server.listen({ port: 0, host: "127.0.0.1" });
const address = server.server.address();
process.send?.({ port: typeof address === "object" ? address?.port : null });
process.on("disconnect", () => process.exit(0)); // whoever started us is gone
