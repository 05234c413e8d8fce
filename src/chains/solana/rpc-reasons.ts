/**
 * Our words for what a node refuses with. None of them says anything about a payment: the node lacks, skips or will not tell.
 * Source: the JSON-RPC error codes of the Agave validator, read 2026-11-21.
 */
const reasons: ReadonlyMap<string, string> = new Map([
  ["-32001", "block_cleaned_up"],
  ["-32004", "block_not_available"],
  ["-32005", "node_behind"],
  ["-32007", "slot_skipped"],
  ["-32009", "slot_skipped"],
  ["-32010", "not_indexed"],
  ["-32011", "history_disabled"],
  ["-32014", "block_not_available"],
  ["-32015", "unsupported_transaction_version"],
  ["-32016", "node_behind"],
  ["-32601", "unsupported_method"],
  ["-32602", "invalid_params"],
  ["-32603", "internal_error"],
  // Rate limiters in front of nodes answer in the node's dialect, some of them with status 200.
  ["429", "rate_limited"],
  ["-32429", "rate_limited"],
]);

/** @param code as its decimal text. */
export const reasonOfRpcError = (code: string): string => reasons.get(code) ?? "rpc_error";
