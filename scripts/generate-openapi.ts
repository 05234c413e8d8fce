// Writes openapi.json: the API as the real routes describe it. Nothing is connected to, so placeholders are enough.
import { writeFileSync } from "node:fs";
import { systemClock } from "../src/clock.ts";
import { loadConfig } from "../src/config/index.ts";
import { connect } from "../src/database/index.ts";
import { buildServer } from "../src/http/index.ts";
import { apiOf, assemble } from "../src/engine/index.ts";
import { createMetrics, silentLogger } from "../src/telemetry/index.ts";
import { isMain } from "./is-main.ts";

const placeholders = {
  ROLE: "api",
  NOWPAYMENTS_API_KEY: "placeholder",
  NOWPAYMENTS_IPN_SECRET: "placeholder",
  CHANGENOW_API_KEY: "placeholder",
  ETHEREUM_RPC_URLS: "http://127.0.0.1:1",
};

/** The text of openapi.json. */
export async function renderOpenApi(): Promise<string> {
  const database = connect("postgres://127.0.0.1:1/placeholder", { max: 1 });
  const parts = assemble(loadConfig(placeholders), database.db, silentLogger, { clock: systemClock });
  const server = await buildServer({
    db: database.db,
    clock: systemClock,
    log: silentLogger,
    metrics: createMetrics(),
    ...apiOf(parts),
    checks: [],
    publicUrl: "http://127.0.0.1:8080",
  });
  try {
    return `${JSON.stringify(server.swagger(), null, 2)}\n`;
  } finally {
    await server.close();
    await database.close();
  }
}

if (isMain(import.meta.url))
  writeFileSync(new URL("../openapi.json", import.meta.url), await renderOpenApi());
