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

const noSuchMethod =
  /method\b.*(?:not (?:found|available|supported|allowed|enabled|whitelisted)|does not exist|disabled)|unsupported method|not available on .*(?:tier|plan)/i;

/** The node does not offer the method, or not to us: asking again soon is in vain. */
export const refusesMethod = ({ code, message }: RpcRefusal): boolean =>
  code === -32601 || noSuchMethod.test(message);

const tooOften = /\brate\b|too many requests|per second|\bdaily\b|\bquota\b/i;
/** The node would answer, only not so many questions in so short a time. */
export const asksTooOften = ({ code, message }: RpcRefusal): boolean =>
  code === 429 || tooOften.test(message);

const tooMuch =
  /query returned more than|limit exceeded|block range|range\b.*(?:too|exceed|limit|not supported)|too (?:many|large|wide)|response size|exceeds? max|time ?out|timed out/i;

/** The node would answer about fewer blocks: providers cap the range, or the number of logs, each in words of its own. */
export const asksForLess = (refusal: RpcRefusal): boolean =>
  !asksTooOften(refusal) &&
  (refusal.code === -32005 || refusal.code === -32602 || tooMuch.test(refusal.message));
