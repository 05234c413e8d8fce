import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { DomainError } from "../errors.ts";
import { isPublishable } from "../operators/index.ts";
import { sourceOf } from "./failed-signatures.ts";
import type { Principal } from "./route.ts";

/** The most requests a minute, in each process. */
export interface RateLimits {
  /** Of one secret key, from wherever. */
  readonly key: number;
  /** From one address, an IPv6 /64 being one, with whatever key or none. */
  readonly address: number;
  /** Of one publishable key from one address: everybody who visits the page has the key. */
  readonly browser: number;
}

/** Counts a request and says in its answer what is left. Each throws {DomainError} `rate_limited`, with Retry-After set. */
export interface RequestLimits {
  countAddress(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  countKey(request: FastifyRequest, reply: FastifyReply, principal: Principal): Promise<void>;
}

type Count = ReturnType<FastifyInstance["createRateLimit"]>;

/** Of several limits the answer tells the one that is nearest. */
function tell(reply: FastifyReply, limit: { max: number; remaining: number; ttlInSeconds: number }): void {
  const told = reply.getHeader("ratelimit-remaining");
  if (told !== undefined && Number(told) <= limit.remaining) return;
  reply
    .header("ratelimit-limit", String(limit.max))
    .header("ratelimit-remaining", String(limit.remaining))
    .header("ratelimit-reset", String(limit.ttlInSeconds));
}

async function take(
  count: Count,
  request: FastifyRequest,
  reply: FastifyReply,
  whose: string,
): Promise<void> {
  const limit = await count(request);
  if (limit.isAllowed) return;
  tell(reply, limit);
  if (!limit.isExceeded) return;
  const seconds = Math.max(1, limit.ttlInSeconds);
  reply.header("retry-after", String(seconds));
  throw new DomainError(
    "rate_limited",
    `${whose} may make ${limit.max} requests a minute. Go on in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`,
  );
}

/** Counts in this process's memory, 5,000 callers of each kind; those that have not come for longest are forgotten first. */
export async function limitRequests(app: FastifyInstance, limits: RateLimits | null): Promise<RequestLimits> {
  if (limits === null) return { countAddress: async () => undefined, countKey: async () => undefined };
  await app.register(rateLimit, { global: false });
  const principals = new WeakMap<FastifyRequest, Principal>();
  const addressOf = (request: FastifyRequest): string => sourceOf(request.ip);
  const idOf = (request: FastifyRequest): string => principals.get(request)!.id;
  const perMinute = (max: number, keyGenerator: (request: FastifyRequest) => string): Count =>
    app.createRateLimit({ max, keyGenerator, timeWindow: 60_000 });
  const address = perMinute(limits.address, addressOf);
  const key = perMinute(limits.key, idOf);
  const browser = perMinute(limits.browser, (request) => `${idOf(request)} ${addressOf(request)}`);
  return {
    countAddress: (request, reply) => take(address, request, reply, "One address"),
    countKey(request, reply, principal) {
      principals.set(request, principal);
      return isPublishable(principal.scopes)
        ? take(browser, request, reply, "One address with a publishable key")
        : take(key, request, reply, "One API key");
    },
  };
}
