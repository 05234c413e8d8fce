import { base58 } from "@scure/base";
import { programs } from "./addresses.ts";

/** As it stands in a message, with accounts instead of their places. */
export interface Instruction {
  readonly program: string;
  readonly accounts: readonly string[];
  /** Base58. */
  readonly data: string;
}

const uint = (value: bigint, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, place) => parseInt(String((value >> BigInt(8 * place)) & 0xffn), 10));
const encode = (bytes: readonly number[]): string => base58.encode(Uint8Array.from(bytes));

export const transferCoins = (move: { from: string; to: string; amount: bigint }): Instruction => ({
  program: programs.system,
  accounts: [move.from, move.to],
  data: encode([...uint(2n, 4), ...uint(move.amount, 8)]),
});

/** "transfer" names neither mint nor decimals; "transferChecked" names both. */
export function transferTokens(move: {
  source: string;
  target: string;
  owner: string;
  mint: string;
  amount: bigint;
  decimals: number;
  program: string;
  checked: boolean;
}): Instruction {
  const { source, target, owner, mint, amount, decimals, program, checked } = move;
  return checked
    ? { program, accounts: [source, mint, target, owner], data: encode([12, ...uint(amount, 8), decimals]) }
    : { program, accounts: [source, target, owner], data: encode([3, ...uint(amount, 8)]) };
}

/** "createIdempotent" of the associated token program. It is the only payment instruction that names the owner's wallet. */
export const openAssociatedAccount = (opened: {
  payer: string;
  account: string;
  owner: string;
  mint: string;
  program: string;
}): Instruction => ({
  program: programs.associatedToken,
  accounts: [opened.payer, opened.account, opened.owner, opened.mint, programs.system, opened.program],
  data: encode([1]),
});

/** "createAccount", then "initializeAccount3", which names the owner in its data alone. */
export const openAccount = (opened: {
  payer: string;
  account: string;
  owner: string;
  mint: string;
  program: string;
  rent: bigint;
}): Instruction[] => [
  {
    program: programs.system,
    accounts: [opened.payer, opened.account],
    data: encode([
      ...uint(0n, 4),
      ...uint(opened.rent, 8),
      ...uint(165n, 8),
      ...base58.decode(opened.program),
    ]),
  },
  {
    program: opened.program,
    accounts: [opened.account, opened.mint],
    data: encode([18, ...base58.decode(opened.owner)]),
  },
];

export const closeAccount = (closed: { account: string; owner: string; program: string }): Instruction => ({
  program: closed.program,
  accounts: [closed.account, closed.owner, closed.owner],
  data: encode([9]),
});
