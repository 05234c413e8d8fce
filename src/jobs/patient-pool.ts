import type pg from "pg";
import { isDatabaseAway } from "../database/index.ts";

/** The queue tries again, patiently, what fails with this code, and gives up its whole worker on any other. */
function toRetryable(error: unknown): never {
  if (!(error instanceof Error)) throw error;
  if (!isDatabaseAway(error) && !/timeout/i.test(error.message)) throw error;
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
