import { z } from "zod";
import type { HttpClient, HttpRequest } from "../../providers/http-client.ts";
import { u64Schema, unusable } from "./answers.ts";

export interface Processed {
  /** Everything up to and including this version is in the indexer's tables. */
  readonly version: bigint;
  /** When that transaction was; null: the indexer does not say. */
  readonly time: Date | null;
}

export interface AptosIndexer {
  /** How far the indexer has got. Also proves that it follows our network. */
  processed(signal: AbortSignal): Promise<Processed>;
  /**
   * Versions of successful transactions in which coins or fungible assets moved at an address, gas apart: those after `since`
   * up to `until`, lowest first, a version once for each movement.
   */
  activities(
    search: {
      readonly owner: string;
      readonly since: bigint;
      readonly until: bigint;
      readonly limit: number;
    },
    signal: AbortSignal,
  ): Promise<readonly bigint[]>;
}

/** One of several processors, each with a table of its own and at its own pace (Aptos' SDK, `ProcessorType`). */
const processedQuery = `query Processed {
  ledger_infos { chain_id }
  processor_status(where: { processor: { _eq: "fungible_asset_processor" } }) { last_success_version last_transaction_timestamp }
}`;

const activitiesQuery = `query Activities($owner: String!, $since: bigint!, $until: bigint!, $limit: Int!) {
  fungible_asset_activities(
    where: {
      owner_address: { _eq: $owner }
      transaction_version: { _gt: $since, _lte: $until }
      is_transaction_success: { _eq: true }
      is_gas_fee: { _eq: false }
    }
    order_by: [{ transaction_version: asc }, { event_index: asc }]
    limit: $limit
  ) { transaction_version }
}`;

/** A timestamp without a zone, in UTC. */
const timestampSchema = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$/)
  .transform((text) => new Date(`${text}Z`));

const processedSchema = z.object({
  ledger_infos: z.tuple([z.object({ chain_id: z.string() })]),
  processor_status: z.tuple([
    z.object({ last_success_version: u64Schema, last_transaction_timestamp: timestampSchema.nullable() }),
  ]),
});

const activitiesSchema = z.object({
  fungible_asset_activities: z.array(z.object({ transaction_version: u64Schema })),
});

/** The GraphQL indexer beside the full nodes: it only says where to look. */
export function createAptosIndexer(http: HttpClient, chainId: number): AptosIndexer {
  async function ask<T>(
    schema: z.ZodType<T>,
    operation: string,
    body: { readonly query: string; readonly variables: Readonly<Record<string, string>> },
    signal: AbortSignal,
  ): Promise<T> {
    const variables = Object.entries(body.variables).map(([name, json]) => `${JSON.stringify(name)}:${json}`);
    const request: HttpRequest = {
      operation,
      method: "POST",
      path: "",
      body: `{"query":${JSON.stringify(body.query)},"variables":{${variables.join(",")}}}`,
      changesNothing: true,
    };
    const response = await http.send(request, signal);
    if (response.status !== 200) throw http.refusal(request, response, { failure: "retryable" });
    // Errors come with status 200 and no data.
    return http.read(z.object({ errors: z.undefined().optional(), data: schema }), request, response).data;
  }

  return {
    async processed(signal) {
      const answer = await ask(
        processedSchema,
        "listSince",
        { query: processedQuery, variables: {} },
        signal,
      );
      const [{ chain_id: answered }] = answer.ledger_infos;
      if (answered !== String(chainId))
        throw unusable("listSince", "wrong_network", { chainId: answered, expected: chainId });
      const [status] = answer.processor_status;
      return { version: status.last_success_version, time: status.last_transaction_timestamp };
    },
    async activities({ owner, since, until, limit }, signal) {
      const variables = {
        owner: JSON.stringify(owner),
        since: String(since),
        until: String(until),
        limit: String(limit),
      };
      const answer = await ask(activitiesSchema, "listSince", { query: activitiesQuery, variables }, signal);
      return answer.fungible_asset_activities.map((row) => row.transaction_version);
    },
  };
}
