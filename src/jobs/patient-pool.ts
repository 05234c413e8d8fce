import type pg from "pg";
import { sqlStateOf } from "../database/index.ts";

/** A connection that broke, or a server that is away or on its way up: the same statement may work on the next one. */
const passingStates = /^(08...|57P0[1-3]|53300)$/;
const passingCodes = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "EHOSTUNREACH", "ENOTFOUND"]);

function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code === "string" && passingCodes.has(code)) return true;
  return (
    passingStates.test(sqlStateOf(error) ?? "") ||
    /connection (terminated|ended|error)|timeout/i.test(error.message)
  );
}

/** The queue tries again, patiently, what fails with this code, and gives up its whole worker on any other. */
function toRetryable(error: unknown): never {
  if (!isPassing(error) || !(error instanceof Error)) throw error;
  throw Object.assign(new Error(error.message, { cause: error }), { code: "ETIMEDOUT" });
}

/**
 * Makes a pool's lost connections look like what the queue retries. Its statements are safe to repeat: they take, complete
 * or hand back a job by its id and holder.
 */
export function makePatient(pool: pg.Pool): pg.Pool {
  pool.on("connect", (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    const patient = (...args: unknown[]): unknown => {
      const result = query(...args);
      return result instanceof Promise ? result.catch(toRetryable) : result;
    };
    client.query = patient as typeof client.query;
  });
  const connect = pool.connect.bind(pool) as (...args: unknown[]) => unknown;
  const patientConnect = (...args: unknown[]): unknown => {
    const result = connect(...args);
    return result instanceof Promise ? result.catch(toRetryable) : result;
  };
  pool.connect = patientConnect as typeof pool.connect;
  return pool;
}
