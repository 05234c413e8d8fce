import { randomUUID } from "node:crypto";
import swagger from "@fastify/swagger";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { serializerCompiler } from "fastify-type-provider-zod";
import type { Clock } from "../clock.ts";
import type { Db } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { nearest } from "../nearest.ts";
import type { Logger, Metrics } from "../telemetry/index.ts";
import { answerRoute, sendProblem } from "./answer-route.ts";
import { authenticate } from "./authenticate.ts";
import { bodyLimitBytes, keepRawBodies, parseJsonBodies } from "./body-parsers.ts";
import { allowOrigins } from "./cors.ts";
import { addDocs } from "./docs-page.ts";
import { countFailedSignatures, type FailedSignatures } from "./failed-signatures.ts";
import { checkHealth, type HealthCheck } from "./health.ts";
import { addPages, type Page } from "./pages/page.ts";
import { openApiDocument, routeSchema, toOpenApi, toOpenApiDocument, webhookSchema } from "./open-api.ts";
import { toProblem } from "./problem.ts";
import { limitRequests, type RateLimits, type RequestLimits } from "./rate-limits.ts";
import type { Principal, Route, WebhookRoute } from "./route.ts";

export interface ServerDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly routes: readonly Route[];
  readonly webhooks: readonly WebhookRoute[];
  /** For people without a key; left out: there are none. */
  readonly pages?: readonly Page[];
  readonly checks: readonly HealthCheck[];
  /** Where the world reaches us, for the document about the API. */
  readonly publicUrl?: string | null;
  /** Proxies whose X-Forwarded-For is believed: addresses, networks, `loopback`. Of nobody else's is anything read. */
  readonly trustedProxies?: readonly string[];
  /** Origins of web pages whose scripts may read what the API answers; left out: none. */
  readonly corsOrigins?: readonly string[];
  /** Left out: nobody counts, as in a test that asks as often as it likes. */
  readonly rateLimits?: RateLimits;
}

/** Who sends a request, once their key was looked up. */
const principals = new WeakMap<FastifyRequest, Principal>();

/** A caller's own id is kept when it is plain; it ends up in logs and headers. */
const toRequestId = (header: string | string[] | undefined): string =>
  typeof header === "string" && /^[\w.:-]{1,100}$/.test(header) ? header : randomUUID();

/**
 * The HTTP server, built and not yet listening: `await server.listen({ port, host })`, `await server.close()`.
 * Every route below /v1 asks for an API key; webhooks answer for their own signature.
 */
export async function buildServer(deps: ServerDeps): Promise<FastifyInstance> {
  const proxies = deps.trustedProxies ?? [];
  const app = Fastify({
    logger: false, // ours are one line a request, written below
    trustProxy: proxies.length > 0 ? [...proxies] : false,
    bodyLimit: bodyLimitBytes,
    requestTimeout: 30_000,
    routerOptions: { ignoreTrailingSlash: true },
    genReqId: (request) => toRequestId(request.headers["x-request-id"]),
    // A path that cannot be decoded is refused before any hook; it answers like every other unknown path.
    frameworkErrors: (_error, request, reply: FastifyReply) => void answerUnknownPath(deps, request, reply),
  });
  app.setValidatorCompiler(() => (value) => ({ value })); // schemas are for the document; readInput reads requests
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error, request, reply) => answerError(deps, error, request, reply));
  app.setNotFoundHandler((request, reply) => answerUnknownPath(deps, request, reply));
  await app.register(swagger, {
    openapi: openApiDocument(deps.publicUrl ?? null),
    transform: toOpenApi,
    transformObject: toOpenApiDocument,
  });
  await app.register((scope) => addWebhooks(scope, deps));
  await app.register((scope) => addApi(scope, deps));
  await app.register((scope) => addPublicPages(scope, deps));
  await app.register((scope) => addLinkedPages(scope, deps));
  await app.ready();
  return app;
}

const setCommonHeaders = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  reply.header("x-request-id", request.id).header("x-content-type-options", "nosniff");

function answerError(
  deps: ServerDeps,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  setCommonHeaders(request, reply);
  const problem = toProblem(error, request.id, deps.log);
  if (problem.status === 401) reply.header("www-authenticate", "Bearer");
  return sendProblem(reply, { status: problem.status, body: problem });
}

const publicPages = ["/health/live", "/health/ready", "/metrics", "/openapi.json", "/docs"];

const inWords = new Intl.ListFormat("en-GB", { type: "conjunction" });

const stepsOf = (path: string): string[] => path.replace(/(?<=.)\/$/, "").split("/");

/** The path of ours that was probably meant, as /docs writes it; null: none is near. A parameter's place is the caller's own. */
function nearestPath({ routes }: ServerDeps, url: string): string | null {
  const asked = stepsOf(url.split("?")[0]!);
  const isNear = (own: string, given: string): boolean =>
    own.startsWith(":") || own === given || nearest(given, [own]) !== null;
  const near = routes
    .map(({ path }) => stepsOf(path))
    .filter((steps) => steps.length === asked.length && steps.every((step, at) => isNear(step, asked[at]!)))
    .map((steps) => steps.map((step) => step.replace(/^:(.*)/, "{$1}")).join("/"));
  return nearest(asked.join("/"), near) ?? near[0] ?? null;
}

/** The methods of a path, as Allow lists them; empty: there is no such path. */
function methodsOf({ routes, webhooks, pages = [] }: ServerDeps, url: string): string[] {
  const asked = stepsOf(url.split("?")[0]!);
  const isAsked = (path: string): boolean => {
    const own = stepsOf(path);
    return own.length === asked.length && own.every((step, at) => step.startsWith(":") || step === asked[at]);
  };
  const there = [
    ...routes,
    ...webhooks.map(({ path }) => ({ method: "POST", path })),
    ...pages.flatMap(({ path }) => ["GET", "POST"].map((method) => ({ method, path }))),
    ...publicPages.map((path) => ({ method: "GET", path })),
  ];
  const methods = there.filter(({ path }) => isAsked(path)).map(({ method }) => method as string);
  return [...new Set(methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])))];
}

function answerUnknownPath(deps: ServerDeps, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const methods = methodsOf(deps, request.url);
  if (methods.length > 0 && !methods.includes(request.method)) {
    reply.header("allow", methods.join(", "));
    const message = `This path does not take ${request.method}; it takes ${inWords.format(methods)}.`;
    return answerError(deps, new DomainError("method_not_allowed", message), request, reply);
  }
  const near = nearestPath(deps, request.url);
  const hint = near === null ? "." : `; did you mean ${near}?`;
  const message = `There is no such path${hint} /docs lists those there are.`;
  return answerError(deps, new DomainError("not_found", message), request, reply);
}

/** One line a request: the route's pattern, never its URL, and no body. */
function record(deps: ServerDeps, request: FastifyRequest, reply: FastifyReply): void {
  const { method, id } = request;
  const route = request.routeOptions.url ?? "unknown";
  const status = reply.statusCode;
  const durationMs = Math.round(reply.elapsedTime * 1_000) / 1_000;
  deps.metrics.httpSeconds.observe({ method, route, status: String(status) }, durationMs / 1_000);
  const principal = principals.get(request)?.ref;
  deps.log.info({ request_id: id, method, route, status, duration_ms: durationMs, principal }, "request");
}

/** No hook, no validation, no second serialiser: between the socket and the handler there is only the body's bytes. */
async function addWebhooks(app: FastifyInstance, deps: ServerDeps): Promise<void> {
  keepRawBodies(app);
  const nothing = Buffer.alloc(0);
  const failures = countFailedSignatures();
  for (const webhook of deps.webhooks) {
    const seconds = (status: number) =>
      deps.metrics.httpSeconds.labels({ method: "POST", route: webhook.path, status: String(status) });
    const secondsWhenStored = seconds(200); // looked up once: this path is counted in microseconds
    app.post(webhook.path, { schema: webhookSchema(webhook) }, async (request, reply) => {
      const context = { db: deps.db, clock: deps.clock, log: deps.log, correlationId: request.id };
      const raw = Buffer.isBuffer(request.body) ? request.body : nothing;
      const params = request.params as Record<string, string>;
      try {
        const answer = await webhook.handle({ raw, headers: request.headers, params }, context);
        reply.header("x-request-id", request.id).header("content-type", "application/json; charset=utf-8");
        secondsWhenStored.observe(reply.elapsedTime / 1_000);
        return reply.send(JSON.stringify(answer));
      } catch (error) {
        refuseNotice(deps, failures, error, request, reply);
        seconds(reply.statusCode).observe(reply.elapsedTime / 1_000);
        return reply;
      }
    });
  }
}

/** A flood of forgeries writes no line each: the last line before the silence says that it begins, and from where. */
function refuseNotice(
  deps: ServerDeps,
  failures: FailedSignatures,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const unsigned = error instanceof DomainError && error.code === "invalid_signature";
  const count = unsigned ? failures.note(request.ip, deps.clock.now()) : "counted";
  if (count === "over") {
    const message = "The signature does not match, as others before it from the same address.";
    answerError(deps, new DomainError("too_many_failed_signatures", message), request, reply);
    return;
  }
  answerError(deps, error, request, reply);
  const refused = { request_id: request.id, route: request.routeOptions.url, status: reply.statusCode };
  if (count === "last")
    deps.log.warn({ ...refused, source: request.ip }, "too many failed signatures: the next are not logged");
  else deps.log.warn(refused, "webhook refused");
}

async function addApi(app: FastifyInstance, deps: ServerDeps): Promise<void> {
  parseJsonBodies(app);
  await allowOrigins(app, deps.corsOrigins ?? []);
  const limits = await limitRequests(app, deps.rateLimits ?? null);
  app.addHook("onRequest", async (request, reply) => {
    setCommonHeaders(request, reply).header("cache-control", "no-store");
  });
  app.addHook("onResponse", async (request, reply) => record(deps, request, reply));
  const readable = new Set(deps.routes.filter(({ method }) => method === "GET").map(({ path }) => path));
  for (const route of deps.routes) addRoute(app, deps, { route, readable, limits });
}

function addRoute(
  app: FastifyInstance,
  deps: ServerDeps,
  { route, readable, limits }: { route: Route; readable: ReadonlySet<string>; limits: RequestLimits },
): void {
  if (!route.path.startsWith("/v1/"))
    throw new TypeError(`${route.path} is not below /v1, where API keys are asked for`);
  app.route({
    method: route.method,
    url: route.path,
    schema: routeSchema(route),
    config: { idempotencyKeyRequired: route.idempotent === true },
    // The key before the body: nothing of a stranger's is read. The address before the key: guessing costs no look-up.
    onRequest: async (request, reply) => {
      await limits.countAddress(request, reply);
      const scope = route.scopeByPath?.of(request.params as Record<string, string>) ?? route.scope;
      const principal = await authenticate(deps, request.headers.authorization, [scope].flat());
      principals.set(request, principal);
      await limits.countKey(request, reply, principal);
    },
    handler: (request, reply) => {
      const principal = principals.get(request);
      if (principal === undefined) throw new DomainError("unauthenticated", "This needs a valid API key.");
      const { db, clock } = deps;
      const log = deps.log.child({ request_id: request.id });
      const context = { db, clock, log, correlationId: request.id };
      return answerRoute(route, { request, reply, principal, context, readable });
    },
  });
}

/** Pages that a secret link leads to. Guessing is counted like any request from an address. */
async function addLinkedPages(app: FastifyInstance, deps: ServerDeps): Promise<void> {
  const limits = await limitRequests(app, deps.rateLimits ?? null);
  app.addHook("onRequest", async (request, reply) => limits.countAddress(request, reply));
  const { db, clock, log } = deps;
  addPages(app, deps.pages ?? [], { db, clock, log });
}

/** What anyone may ask. None of it touches a row that names a person or a key. */
async function addPublicPages(app: FastifyInstance, deps: ServerDeps): Promise<void> {
  const schema = { hide: true };
  app.addHook("onRequest", async (request, reply) => void setCommonHeaders(request, reply));
  app.get("/health/live", { schema }, async () => ({ status: "live" }));
  app.get("/health/ready", { schema }, async (_request, reply) => {
    const { ready, components } = await checkHealth(deps.checks, deps.log);
    return reply.code(ready ? 200 : 503).send({ status: ready ? "ready" : "not_ready", components });
  });
  app.get("/metrics", { schema }, async (_request, reply) =>
    reply
      .header("content-type", deps.metrics.registry.contentType)
      .send(await deps.metrics.registry.metrics()),
  );
  app.get("/openapi.json", { schema }, async () => app.swagger());
  await addDocs(app);
}
