import { InvariantViolation } from "../errors.ts";
import type { Fee } from "./sending.ts";

/** What an EVM transaction of type 2 names as its fee, in gas and in wei a unit of it. */
export interface EvmFee {
  readonly gasLimit: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

export const toFee = ({ gasLimit, maxFeePerGas, maxPriorityFeePerGas }: EvmFee): Fee => ({
  most: gasLimit * maxFeePerGas,
  terms: {
    gas_limit: String(gasLimit),
    max_fee_per_gas: String(maxFeePerGas),
    max_priority_fee_per_gas: String(maxPriorityFeePerGas),
  },
});

/** @throws {InvariantViolation} `foreign_fee`: it is another family's. */
export function readEvmFee({ terms }: Fee): EvmFee {
  const read = (name: string): bigint => {
    const term = terms[name];
    if (term === undefined || !/^\d+$/.test(term))
      throw new InvariantViolation("foreign_fee", `A fee without ${name} is not one of an EVM chain.`, {
        terms,
      });
    return BigInt(term);
  };
  return {
    gasLimit: read("gas_limit"),
    maxFeePerGas: read("max_fee_per_gas"),
    maxPriorityFeePerGas: read("max_priority_fee_per_gas"),
  };
}
