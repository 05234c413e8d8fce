import { Writable } from "node:stream";
import { onTestFinished } from "vitest";
import type { FastifyInstance } from "fastify";
import { manualClock } from "../../clock.ts";
import type { Db } from "../../database/index.ts";
import { conversionSettings } from "../../conversions/index.ts";
import { createApiKey, type Scope } from "../../operators/index.ts";
import { orderSettings } from "../../orders/index.ts";
import { settingRegistry } from "../../settings/index.ts";
import { createLogger, createMetrics } from "../../telemetry/index.ts";
import {
  apiKeyRoutes,
  buildServer,
  operatorRoutes as people,
  settingRoutes,
  type ServerDeps,
} from "../index.ts";

/** Those of two rooms are enough to ask for. */
export const operatorRoutes = [
  ...people,
  ...apiKeyRoutes,
  ...settingRoutes(settingRegistry([...conversionSettings, ...orderSettings])),
];

export const startOfTest = new Date("2026-11-21T10:00:00.000Z");

/** A server with the operators' routes, its log in memory. */
export async function startTestServer(db: Db, extra: Partial<ServerDeps> = {}) {
  let logged = "";
  const destination = new Writable({
    write(chunk, _encoding, done) {
      logged += String(chunk);
      done();
    },
  });
  const clock = manualClock(startOfTest);
  const server: FastifyInstance = await buildServer({
    db,
    clock,
    log: createLogger({ level: "debug", destination }),
    metrics: createMetrics(),
    webhooks: [],
    checks: [],
    ...extra,
    routes: [...operatorRoutes, ...(extra.routes ?? [])],
  });
  onTestFinished(() => server.close());
  return { server, clock, log: () => logged };
}

/** Headers of a caller with these scopes. */
export async function callerWith(db: Db, ...scopes: Scope[]): Promise<{ authorization: string }> {
  const { key } = await createApiKey(db, { name: scopes.join(" "), scopes, now: startOfTest });
  return { authorization: `Bearer ${key}` };
}
