import type { LogSpan } from "./log-span.ts";

export interface RpcCall {
  readonly method: string;
  readonly params: readonly unknown[];
}

/** One node, already proved to serve our chain. */
export interface Endpoint {
  /** The host alone: a path often carries the operator's key. */
  readonly label: string;
  /** @throws {RpcRefusal} the node understood and said no. @throws {ProviderError} no usable answer. */
  request(method: string, params: readonly unknown[]): Promise<unknown>;
  /**
   * Several questions in one HTTP request, answers in their order; one by one where the node takes no batches.
   * @throws as `request`, if any of them fails.
   */
  requestMany(calls: readonly RpcCall[]): Promise<readonly unknown[]>;
  /** The node said lately that it does not offer this method. */
  lacks(method: string): boolean;
  /** How many blocks of logs it answers at once. */
  readonly logSpan: LogSpan;
}
