import cors from "@fastify/cors";
import type { FastifyInstance } from "fastify";

/**
 * Lets scripts of these origins read what the routes of this scope answer. A browser sends no cookie of ours, since there is none;
 * what a script may do hangs on its key alone.
 * @param origins as a browser names them; empty: no origin, and no word about it.
 */
export async function allowOrigins(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  await app.register(cors, {
    origin: [...origins],
    methods: ["GET", "POST"],
    allowedHeaders: ["authorization", "content-type", "idempotency-key", "if-none-match", "x-request-id"],
    exposedHeaders: [
      "etag",
      "idempotency-replayed",
      "location",
      "ratelimit-limit",
      "ratelimit-remaining",
      "ratelimit-reset",
      "retry-after",
      "x-request-id",
    ],
    maxAge: 600,
    strictPreflight: false, // its refusal is no problem document
  });
}
