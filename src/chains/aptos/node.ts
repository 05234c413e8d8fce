import type { z } from "zod";
import type { Clock } from "../../clock.ts";
import { ProviderError } from "../../errors.ts";
import {
  parseJsonOrNull,
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
} from "../../providers/http-client.ts";
import type { ChainHead } from "../receiving.ts";
import {
  errorSchema,
  ledgerInfoSchema,
  timeOf,
  transactionSchema,
  u64Schema,
  unusable,
  type Transaction,
} from "./answers.ts";

/** One full node. It is not believed in anything before it has said that it serves our network. */
export interface AptosNode {
  head(signal: AbortSignal): Promise<ChainHead>;
  /** Null: never heard of, says a node that is up to date. */
  findTransaction(hash: string, signal: AbortSignal): Promise<Transaction | null>;
  hashAt(version: bigint, signal: AbortSignal): Promise<string>;
  /** Coin store and primary store together. @param asset coin type or metadata address. */
  balance(address: string, asset: string, signal: AbortSignal): Promise<bigint>;
}

/** A node that is further behind cannot say that something has not happened. */
const mostLagMs = 30_000;
/** Transactions of exchanges and the like change hundreds of resources. */
const maxBytes = 16_000_000;

/** The node's own word for an error: "transaction_not_found", "version_pruned". */
function reasonIn({ status, text }: HttpResponse): { reason?: string } {
  if (status !== 400 && status !== 404 && status !== 410) return {};
  const said = errorSchema.safeParse(parseJsonOrNull(text)).data?.error_code;
  return said !== undefined && /^[a-z_]{1,60}$/.test(said) ? { reason: said } : {};
}

const isNotFound = (error: unknown): boolean =>
  error instanceof ProviderError && error.reason === "transaction_not_found";

export function createAptosNode(
  http: HttpClient,
  { chainId, clock }: { readonly chainId: number; readonly clock: Clock },
): AptosNode {
  let isOurs = false;

  async function ask<T>(schema: z.ZodType<T>, operation: string, path: string, signal: AbortSignal) {
    const request: HttpRequest = { operation, method: "GET", path, maxBytes };
    const response = await http.send(request, signal);
    if (response.status === 200) return http.read(schema, request, response);
    throw http.refusal(request, response, { failure: "retryable", ...reasonIn(response) });
  }

  async function head(signal: AbortSignal): Promise<ChainHead> {
    const info = await ask(ledgerInfoSchema, "head", "", signal);
    if (info.chain_id !== String(chainId))
      throw unusable("head", "wrong_network", { chainId: info.chain_id, expected: chainId });
    isOurs = true;
    const number = info.ledger_version;
    return { number, finalNumber: number, time: timeOf(info.ledger_timestamp) };
  }

  async function proveNetwork(signal: AbortSignal): Promise<void> {
    if (!isOurs) await head(signal);
  }

  async function requireUpToDate(signal: AbortSignal): Promise<void> {
    const { time } = await head(signal);
    const lagMs = clock.now().getTime() - time.getTime();
    if (lagMs > mostLagMs) throw unusable("readDeposits", "node_lagging", { lagMs });
  }

  return {
    head,
    async findTransaction(hash, signal) {
      await proveNetwork(signal);
      try {
        const path = `/transactions/by_hash/${hash}`;
        const transaction = await ask(transactionSchema, "readDeposits", path, signal);
        if (transaction.hash === hash) return transaction;
        throw unusable("readDeposits", "hash_mismatch", { asked: hash, answered: transaction.hash });
      } catch (error) {
        if (!isNotFound(error)) throw error;
        await requireUpToDate(signal);
        return null;
      }
    },
    async hashAt(version, signal) {
      await proveNetwork(signal);
      const transaction = await ask(
        transactionSchema,
        "hashAt",
        `/transactions/by_version/${version}`,
        signal,
      );
      if (transaction.type !== "pending_transaction" && transaction.version === version)
        return transaction.hash;
      throw unusable("hashAt", "version_mismatch", { asked: String(version) });
    },
    async balance(address, asset, signal) {
      await proveNetwork(signal);
      const path = `/accounts/${address}/balance/${encodeURIComponent(asset)}`;
      return ask(u64Schema, "balance", path, signal);
    },
  };
}
