/** A refusal of the node, with the code and the words that anvil uses for it. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: string | undefined;

  constructor(code: number, message: string, data?: string) {
    super(message);
    this.name = "RpcError";
    this.code = code;
    this.data = data;
  }
}

export const invalidParams = (message: string): RpcError => new RpcError(-32_602, message);

/** The transaction is well formed, and the pool does not want it. */
export const poolRefusal = (message: string): RpcError => new RpcError(-32_003, message);

export const insufficientFunds = (): RpcError => poolRefusal("Insufficient funds for gas * price + value");
