/**
 * A node answered with a JSON-RPC error. What that means depends on the request, so the asker decides by the text:
 * codes are mostly -32000.
 */
export class RpcRefusal extends Error {
  readonly code: number;
  readonly endpoint: string;

  constructor(refusal: { code: number; message: string; endpoint: string }) {
    super(refusal.message);
    this.name = "RpcRefusal";
    this.code = refusal.code;
    this.endpoint = refusal.endpoint;
  }
}
