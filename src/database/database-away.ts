import { sqlStateOf } from "./in-transaction.ts";

const states = /^(08...|57P0[1-3]|53300)$/; // a connection's failures, a server that goes or comes, no connection left
const codes = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "EHOSTUNREACH", "ENOTFOUND", "ETIMEDOUT"]);
/** What the driver says without a code, read in pg 8.23 and pg-pool 3.14. */
const words =
  /connection (terminated|ended|error|timeout)|timeout exceeded when trying to connect|timeout expired|not queryable/i;

/**
 * Whether an error of a query says that the server is away, or the connection broke: the same may work on the next one.
 * Ask it only of what a query threw: a socket to anybody else breaks with the same words.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === "string" && codes.has(code)) return true;
  return states.test(sqlStateOf(error) ?? "") || words.test(error.message);
}
