import { addressOf, hashOf, hexOf, wordOf } from "./address.ts";
import type { Block, InternalCall, LedgerTransaction, Token, TokenEvent } from "./ledger.ts";

// The shapes of java-tron and TronGrid, as recorded in chains/fixtures/tron-*.json. Amounts stay bigint: whoever writes them
// onto the wire writes all digits.

const topics = {
  Transfer: "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef",
  Approval: "8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925",
};

const word = (hex: string): string => hex.padStart(64, "0");
const hexText = (text: string): string => Buffer.from(text).toString("hex");

/** Protobuf as JSON leaves out what has its default value. */
const unlessZero = (field: string, value: bigint | number) =>
  value === 0n || value === 0 ? {} : { [field]: value };

export function blockBody(block: Block) {
  const rawData = {
    ...unlessZero("number", block.number),
    txTrieRoot: word(""),
    witness_address: `41${hashOf("a witness").slice(0, 40)}`,
    parentHash: word(""),
    version: 31,
    timestamp: block.time,
  };
  return {
    blockID: block.id,
    block_header: { raw_data: rawData, witness_signature: hashOf(block.id).repeat(2) },
  };
}

function contractValue({ type, from, to, amount, tokenId, events }: LedgerTransaction) {
  const owner_address = hexOf(from);
  if (type === "TransferContract") return { amount, owner_address, to_address: hexOf(to) };
  if (type === "TransferAssetContract")
    return { amount, owner_address, to_address: hexOf(to), asset_name: tokenId };
  const [event] = events;
  // The address word carries the 41, as wallets write it: who decodes it strictly reads nonsense.
  const data =
    event === undefined ? "a9059cbb" : `a9059cbb${word(hexOf(event.to))}${word(event.amount.toString(16))}`;
  return { data, owner_address, contract_address: hexOf(to), ...unlessZero("call_value", amount) };
}

export function transactionBody(transaction: LedgerTransaction) {
  const { id, type, sentAt, failure } = transaction;
  return {
    ret: [{ contractRet: failure ?? "SUCCESS" }],
    signature: [hashOf(id).repeat(2)],
    txID: id,
    raw_data: {
      contract: [
        {
          parameter: {
            value: contractValue(transaction),
            type_url: `type.googleapis.com/protocol.${type}`,
          },
          type,
        },
      ],
      ref_block_bytes: "0000",
      ref_block_hash: "0000000000000000",
      expiration: sentAt + 60_000,
      // Set by the sender: an old phone's clock, say.
      timestamp: sentAt - 79_200_000,
    },
  };
}

const logBody = ({ kind, contract, from, to, amount }: TokenEvent) => ({
  address: wordOf(contract),
  topics: [topics[kind], word(wordOf(from)), word(wordOf(to))],
  data: word(amount.toString(16)),
});

const internalBody = (id: string, call: InternalCall, position: number) => ({
  hash: hashOf(`internal ${id} ${position}`),
  caller_address: hexOf(call.from),
  transferTo_address: hexOf(call.to),
  callValueInfo: [
    {
      ...unlessZero("callValue", call.amount),
      ...(call.tokenId === undefined ? {} : { tokenId: call.tokenId }),
    },
  ],
  note: hexText(call.note ?? "call"),
  ...(call.rejected ? { rejected: true } : {}),
});

/** @param keepsInternal whether this node keeps what contracts do inside a transaction. */
export function infoBody(transaction: LedgerTransaction, block: Block, keepsInternal: boolean) {
  const { id, type, to, failure, events, internal } = transaction;
  const runsCode = type === "TriggerSmartContract";
  return {
    id,
    fee: 1_100_000,
    blockNumber: block.number,
    blockTimeStamp: block.time,
    // USDT returns false when all went well.
    contractResult: [runsCode && failure === null ? word("") : ""],
    ...(runsCode ? { contract_address: hexOf(to) } : {}),
    receipt: runsCode
      ? { energy_usage_total: 64_285, net_usage: 345, result: failure ?? "SUCCESS" }
      : { net_fee: 100_000 },
    ...(failure === null ? {} : { result: "FAILED", resMessage: hexText(failure) }),
    ...(failure === null && events.length > 0 ? { log: events.map(logBody) } : {}),
    ...(keepsInternal && internal.length > 0
      ? { internal_transactions: internal.map((call, position) => internalBody(id, call, position)) }
      : {}),
  };
}

/** Rows of `/v1/accounts/:address/transactions`: whole transactions, and calls inside others in a shape of their own. */
export function nativeRows(
  transaction: LedgerTransaction,
  block: Block,
  address: string,
  keepsInternal: boolean,
) {
  const whole = {
    ...transactionBody(transaction),
    net_usage: 0,
    energy_usage: 0,
    blockNumber: block.number,
    block_timestamp: block.time,
    internal_transactions: [],
  };
  const inside = transaction.internal.map((call, position) => ({
    internal_tx_id: hashOf(`internal ${transaction.id} ${position}`),
    data: {
      note: call.note ?? "call",
      rejected: call.rejected ?? false,
      call_value: { [call.tokenId ?? "_"]: call.amount },
    },
    block_timestamp: block.time,
    to_address: hexOf(call.to),
    tx_id: transaction.id,
    from_address: hexOf(call.from),
  }));
  return [
    ...(transaction.from === address || transaction.to === address ? [whole] : []),
    ...(keepsInternal
      ? inside.filter((_, position) => {
          const call = transaction.internal[position]!;
          return call.from === address || call.to === address;
        })
      : []),
  ];
}

/** Rows of `/v1/accounts/:address/transactions/trc20`. They do not say whether the token is what its symbol says. */
export function tokenRows(
  transaction: LedgerTransaction,
  block: Block,
  address: string,
  tokens: ReadonlyMap<string, Token>,
) {
  if (transaction.failure !== null) return [];
  return transaction.events
    .filter(({ from, to }) => from === address || to === address)
    .map(({ kind, contract, from, to, amount }) => {
      const { symbol = "?", decimals = 0 } = tokens.get(contract) ?? {};
      return {
        transaction_id: transaction.id,
        token_info: { symbol, address: contract, decimals, name: symbol },
        block_timestamp: block.time,
        from,
        to,
        type: kind,
        value: String(amount),
      };
    });
}

export const addressFrom = (text: unknown): string =>
  /^41[0-9a-f]{40}$/i.test(String(text)) ? addressOf(String(text)) : String(text);
