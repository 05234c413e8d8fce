import { decodesTo, programs } from "./addresses.ts";
import type { Recorded, SolanaLedger } from "./ledger.ts";
import { errorOf, presentTokenAmount, presentTransaction, secondsOf, versionOf } from "./wire.ts";

/** An error of the JSON-RPC kind. */
export class RpcError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export interface NodeView {
  readonly ledger: SolanaLedger;
  readonly genesisHash: string;
  /** Most rows of a list of signatures. */
  readonly pageRows: number;
  forgets(signature: string): boolean;
}

type Config = Readonly<Record<string, unknown>>;
type Method = (view: NodeView, params: readonly unknown[]) => unknown;

const invalid = (what: string): never => {
  throw new RpcError(-32602, `Invalid param: ${what}`);
};
const addressAt = (params: readonly unknown[], place: number): string => {
  const given = params[place];
  return decodesTo(given, 32) ? given : invalid("WrongSize");
};
const configAt = (params: readonly unknown[], place: number): Config => {
  const given = params[place] ?? {};
  return typeof given === "object" ? (given as Config) : invalid("expected a config");
};

/** The newest slot this request may see. Nodes answer at finality unless told otherwise. */
function slotAt({ ledger }: NodeView, { commitment = "finalized" }: Config): number {
  const { head } = ledger;
  if (commitment === "processed" || commitment === "confirmed" || commitment === "finalized")
    return head[commitment];
  return invalid("unknown commitment");
}

function notProcessed(config: Config): Config {
  if (config["commitment"] === "processed") invalid("Method does not support commitment below `confirmed`");
  return config;
}

const seen = (view: NodeView, signature: unknown): Recorded | null => {
  if (!decodesTo(signature, 64)) return invalid("Invalid signature");
  return view.forgets(signature) ? null : (view.ledger.transactions.get(signature) ?? null);
};

function statusWord({ ledger }: NodeView, slot: number): "processed" | "confirmed" | "finalized" {
  if (slot <= ledger.head.finalized) return "finalized";
  return slot <= ledger.head.confirmed ? "confirmed" : "processed";
}

const contextOf = ({ ledger }: NodeView) => ({ apiVersion: "2.3.7", slot: ledger.head.processed });

const getTransaction: Method = (view, params) => {
  const config = notProcessed(configAt(params, 1));
  if ((config["encoding"] ?? "json") !== "json") invalid("the sandbox only knows the encoding json");
  const recorded = seen(view, params[0]);
  if (recorded === null || recorded.slot > slotAt(view, config)) return null;
  if (versionOf(recorded) === 0 && config["maxSupportedTransactionVersion"] !== 0)
    throw new RpcError(
      -32015,
      'Transaction version (0) is not supported by the requesting client. Please try the request again with the following configuration parameter: "maxSupportedTransactionVersion": 0',
    );
  return presentTransaction(view.ledger, recorded);
};

/** Without a search of the history a node remembers some minutes only. */
const statusCacheSlots = 300;

const getSignatureStatuses: Method = (view, params) => {
  const signatures = Array.isArray(params[0]) ? (params[0] as unknown[]) : invalid("expected an array");
  if (signatures.length > 256) invalid("Too many inputs provided; max 256");
  const everything = configAt(params, 1)["searchTransactionHistory"] === true;
  const { processed, finalized } = view.ledger.head;
  return {
    context: contextOf(view),
    value: signatures.map((signature) => {
      const recorded = seen(view, signature);
      if (recorded === null || (!everything && recorded.slot < processed - statusCacheSlots)) return null;
      const { slot } = recorded;
      const err = errorOf(recorded);
      return {
        confirmationStatus: statusWord(view, slot),
        confirmations: slot <= finalized ? null : processed - slot,
        err,
        slot,
        status: err === null ? { Ok: null } : { Err: err },
      };
    }),
  };
};

const getSignaturesForAddress: Method = (view, params) => {
  const address = addressAt(params, 0);
  const config = notProcessed(configAt(params, 1));
  const limit = config["limit"] ?? 1000;
  if (typeof limit !== "number" || limit < 1 || limit > 1000) invalid("Invalid limit; max 1000");
  const newest = slotAt(view, config);
  const newestFirst = view.ledger
    .touching(address)
    .filter(({ slot, signature }) => slot <= newest && !view.forgets(signature))
    .toReversed();
  const { before, until } = config;
  let from = 0;
  if (before !== undefined) {
    // A node that does not know where to begin answers with an empty list and no error.
    if (seen(view, before) === null) return [];
    from = newestFirst.findIndex(({ signature }) => signature === before) + 1;
  }
  // One that does not know where to stop goes on to the first.
  const stop = newestFirst.findIndex(({ signature }) => signature === until);
  return newestFirst
    .slice(from, stop === -1 ? undefined : stop)
    .slice(0, Math.min(limit as number, view.pageRows))
    .map((recorded) => ({
      blockTime: secondsOf(view.ledger.blockAt(recorded.slot)!.time),
      confirmationStatus: statusWord(view, recorded.slot),
      err: errorOf(recorded),
      memo: null,
      signature: recorded.signature,
      slot: recorded.slot,
    }));
};

const getTokenAccountsByOwner: Method = (view, params) => {
  const owner = addressAt(params, 0);
  const { mint, programId } = configAt(params, 1);
  if ((mint === undefined) === (programId === undefined)) invalid("expected a mint or a programId");
  if (configAt(params, 2)["encoding"] !== "jsonParsed") invalid("the sandbox only knows jsonParsed");
  const value = view.ledger.tokenAccountsOf(owner).flatMap(({ address, token, lamports }) => {
    const { decimals, program } = view.ledger.mintOf(token.mint);
    if (mint !== undefined ? token.mint !== mint : program !== programId) return [];
    const info = {
      isNative: false,
      mint: token.mint,
      owner: token.owner,
      state: "initialized",
      tokenAmount: presentTokenAmount(token.amount, decimals),
    };
    const name = program === programs.token2022 ? "spl-token-2022" : "spl-token";
    const data = { parsed: { info, type: "account" }, program: name, space: 165 };
    const account = {
      data,
      executable: false,
      lamports,
      owner: program,
      rentEpoch: 2n ** 64n - 1n,
      space: 165,
    };
    return [{ account, pubkey: address }];
  });
  return { context: contextOf(view), value };
};

const getTokenAccountBalance: Method = (view, params) => {
  const { token } = view.ledger.account(addressAt(params, 0));
  if (token === null) return invalid("could not find account");
  const { decimals } = view.ledger.mintOf(token.mint);
  return { context: contextOf(view), value: presentTokenAmount(token.amount, decimals) };
};

function blockIn({ ledger }: NodeView, slot: unknown, newest: number) {
  if (typeof slot !== "number" || !Number.isSafeInteger(slot)) return invalid("expected a slot");
  if (slot > newest) throw new RpcError(-32004, `Block not available for slot ${slot}`);
  const block = ledger.blockAt(slot);
  if (block !== null) return { slot, ...block };
  throw new RpcError(-32007, `Slot ${slot} was skipped, or missing due to ledger jump to recent snapshot`);
}

const getBlock: Method = (view, params) => {
  const config = notProcessed(configAt(params, 1));
  if (config["transactionDetails"] !== "none") invalid("the sandbox only shows blocks without transactions");
  const { slot, hash, parent, time } = blockIn(view, params[0], slotAt(view, config));
  const parentHash = view.ledger.blockAt(parent)!.hash;
  return {
    blockHeight: slot,
    blockTime: secondsOf(time),
    blockhash: hash,
    parentSlot: parent,
    previousBlockhash: parentHash,
  };
};

/** What the emulated node answers; any other method is unknown to it. */
export const rpcMethods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["getGenesisHash", ({ genesisHash }) => genesisHash],
  ["getHealth", () => "ok"],
  ["getVersion", () => ({ "feature-set": 2_142_755_730, "solana-core": "2.3.7" })],
  ["getSlot", (view, params) => slotAt(view, configAt(params, 0))],
  ["getBlockTime", (view, params) => secondsOf(blockIn(view, params[0], view.ledger.head.processed).time)],
  [
    "getBalance",
    (view, params) => ({
      context: contextOf(view),
      value: view.ledger.account(addressAt(params, 0)).lamports,
    }),
  ],
  ["getBlock", getBlock],
  ["getTransaction", getTransaction],
  ["getSignatureStatuses", getSignatureStatuses],
  ["getSignaturesForAddress", getSignaturesForAddress],
  ["getTokenAccountsByOwner", getTokenAccountsByOwner],
  ["getTokenAccountBalance", getTokenAccountBalance],
]);
