import { LosslessNumber } from "lossless-json";
import { namedHash } from "./addresses.ts";
import { keysOf, type AccountState, type Recorded, type SolanaLedger } from "./ledger.ts";

const failure = { InstructionError: [0, { Custom: 1 }] };

export const errorOf = ({ failed }: Recorded): object | null => (failed ? failure : null);

export const secondsOf = (time: Date): number => Math.floor(time.getTime() / 1000);

/** An amount the way nodes show it: exact as text, and as a number that must not be trusted. */
export function presentTokenAmount(amount: bigint, decimals: number) {
  const digits = String(amount).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
  const shown = fraction === "" ? whole : `${whole}.${fraction}`;
  return {
    amount: String(amount),
    decimals,
    uiAmount: amount === 0n ? null : new LosslessNumber(shown),
    uiAmountString: shown,
  };
}

function presentTokenBalances(ledger: SolanaLedger, states: readonly AccountState[]): object[] {
  return states.flatMap(({ token }, accountIndex) => {
    if (token === null) return [];
    const { decimals, program: programId } = ledger.mintOf(token.mint);
    const { mint, owner, amount } = token;
    return [{ accountIndex, mint, owner, programId, uiTokenAmount: presentTokenAmount(amount, decimals) }];
  });
}

function presentMessage(recorded: Recorded): object {
  const { keys, signers, readonlyKeys, instructions, slot } = recorded;
  const all = keysOf(recorded);
  const table = { accountKey: namedHash("sandbox/solana/table"), readonlyIndexes: [] };
  return {
    accountKeys: keys.fixed,
    header: {
      numReadonlySignedAccounts: 0,
      numReadonlyUnsignedAccounts: readonlyKeys,
      numRequiredSignatures: signers,
    },
    instructions: instructions.map(({ program, accounts, data }) => ({
      accounts: accounts.map((account) => all.indexOf(account)),
      data,
      programIdIndex: all.indexOf(program),
      stackHeight: null,
    })),
    recentBlockhash: namedHash(`sandbox/solana/block/${slot - 3}`),
    ...(keys.writable.length > 0 && {
      addressTableLookups: [{ ...table, writableIndexes: keys.writable.map((_, place) => place) }],
    }),
  };
}

export const versionOf = ({ keys }: Recorded): "legacy" | 0 => (keys.writable.length > 0 ? 0 : "legacy");

/** As `getTransaction` answers with encoding "json". */
export function presentTransaction(ledger: SolanaLedger, recorded: Recorded): object {
  const { before, after, fee, failed, keys, signature, signers, slot } = recorded;
  return {
    blockTime: secondsOf(ledger.blockAt(slot)!.time),
    meta: {
      computeUnitsConsumed: 150 * recorded.instructions.length,
      err: errorOf(recorded),
      fee,
      innerInstructions: [],
      loadedAddresses: { readonly: [], writable: keys.writable },
      logMessages: recorded.instructions.flatMap(({ program }) => [
        `Program ${program} invoke [1]`,
        failed ? `Program ${program} failed: custom program error: 0x1` : `Program ${program} success`,
      ]),
      postBalances: after.map(({ lamports }) => lamports),
      postTokenBalances: presentTokenBalances(ledger, after),
      preBalances: before.map(({ lamports }) => lamports),
      preTokenBalances: presentTokenBalances(ledger, before),
      rewards: [],
      status: failed ? { Err: failure } : { Ok: null },
    },
    slot,
    transaction: {
      message: presentMessage(recorded),
      // Only the first is looked at by anybody; the others are as many as there are signers.
      signatures: [
        signature,
        ...Array.from({ length: signers - 1 }, (_, place) => `${signature.slice(0, -1)}${place + 1}`),
      ],
    },
    version: versionOf(recorded),
  };
}
