/** One node, already proved to serve our chain. */
export interface Endpoint {
  /** The host alone: a path often carries the operator's key. */
  readonly label: string;
  /** @throws {RpcRefusal} the node understood and said no. @throws {ProviderError} no usable answer. */
  request(method: string, params: readonly unknown[]): Promise<unknown>;
}
