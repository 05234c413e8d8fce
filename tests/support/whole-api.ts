import { manualClock } from "../../src/clock.ts";
import { loadConfig } from "../../src/config/index.ts";
import type { Db } from "../../src/database/index.ts";
import { apiOf, assemble, type Assembly } from "../../src/engine/index.ts";
import { buildServer } from "../../src/http/index.ts";
import { createApiKey, type Scope } from "../../src/operators/index.ts";
import { createMetrics, silentLogger } from "../../src/telemetry/index.ts";
import { freshDatabase } from "./fresh-database.ts";

/** Every network is named and none is there: whatever asks one meets a refused connection. */
const nobody = "http://127.0.0.1:1";
const environment = {
  ROLE: "api",
  NOWPAYMENTS_API_KEY: "placeholder",
  NOWPAYMENTS_IPN_SECRET: "placeholder",
  NOWPAYMENTS_BASE_URL: nobody,
  CHANGENOW_API_KEY: "placeholder",
  CHANGENOW_BASE_URL: nobody,
  COINGECKO_BASE_URL: nobody,
  BINANCE_BASE_URL: nobody,
  COINBASE_BASE_URL: nobody,
  ETHEREUM_RPC_URLS: nobody,
};

export interface WholeApi {
  readonly db: Db;
  readonly clock: ReturnType<typeof manualClock>;
  readonly parts: Assembly;
  /** One request, with a key that may do everything unless a key is given. */
  send<T = Record<string, unknown>>(
    method: string,
    url: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: T; headers: Record<string, unknown> }>;
  keyWith(...scopes: Scope[]): Promise<{ authorization: string }>;
  stop(): Promise<void>;
}

/** The whole HTTP API on a database of its own, with nothing outside behind it and no worker: for what it answers by itself. */
export async function startWholeApi(extra: Record<string, string> = {}): Promise<WholeApi> {
  const { db } = await freshDatabase();
  const clock = manualClock(new Date("2026-11-21T10:00:00.000Z"));
  const parts = assemble(loadConfig({ ...environment, ...extra }), db, silentLogger, { clock });
  const metrics = createMetrics();
  const server = await buildServer({ db, clock, log: silentLogger, metrics, ...apiOf(parts), checks: [] });
  const keyWith = async (...scopes: Scope[]) => {
    const { key } = await createApiKey(db, { name: scopes.join(" "), scopes, now: clock.now() });
    return { authorization: `Bearer ${key}` };
  };
  const admin = await keyWith("admin");
  return {
    db,
    clock,
    parts,
    keyWith,
    async send<T>(method: string, url: string, body?: unknown, headers: Record<string, string> = {}) {
      const answer = await server.inject({
        method: method as "GET",
        url,
        headers: { ...admin, ...headers },
        ...(body === undefined ? {} : { payload: body as object }),
      });
      const json = String(answer.headers["content-type"]).includes("json");
      return {
        status: answer.statusCode,
        body: (json && answer.body !== "" ? answer.json() : answer.body) as T,
        headers: answer.headers as Record<string, unknown>,
      };
    },
    stop: () => server.close(),
  };
}
