import { systemClock, type Clock } from "../../src/clock.ts";
import { createBackground } from "../background.ts";
import {
  createFaults,
  createJournal,
  type FaultRule,
  type Faults,
  type Journal,
  type JournalRow,
  type Network,
} from "../faults.ts";
import { registry } from "../../src/money/index.ts";
import { startWireServer } from "../wire-server.ts";
import { inventAddress } from "./address.ts";
import { createLedger, payer, type InternalCall, type Ledger, type SentTransaction } from "./ledger.ts";
import { createRoutes, type NodeSettings } from "./routes.ts";

export type { InternalCall } from "./ledger.ts";
export { inventAddress } from "./address.ts";

export interface TronOptions {
  readonly clock?: Clock;
  readonly port?: number;
  /** What the header TRON-PRO-API-KEY must say. Null: nothing. */
  readonly apiKey?: string | null;
  /** Two networks differ in their first block. */
  readonly network?: string;
  /** How often a block comes by itself. 0 unless given: only sends and `mine` move the chain. */
  readonly blockMs?: number;
  /** A world whose faults and journal this server shares, and its name there; its own unless given. */
  readonly world?: { readonly server: Network; readonly faults: Faults; readonly journal: Journal };
}

export interface TronPayment {
  readonly to: string;
  /** Null for TRX. */
  readonly contract: string | null;
  /** Base units. One sun is the amount of those who poison histories. */
  readonly amount: bigint;
  readonly from?: string;
  /** How the execution fails: "OUT_OF_ENERGY", "REVERT". It is in its block all the same. */
  readonly failure?: string;
}

/**
 * A Tron node with TronGrid's lists, on loopback: a fake of the wire. Every send is in a block of its own unless it is
 * sent within `inOneBlock`; 19 blocks later it is solid.
 */
export interface Tron {
  readonly url: string;
  readonly genesisHash: string;
  /** @returns the transaction's id, as of all that send. */
  pay(payment: TronPayment): string;
  /** One call to a contract that pays several, by events of tokens and by TRX that it sends on. */
  payByContract(call: {
    readonly contract?: string;
    /** TRX that is sent along to the contract. */
    readonly value?: bigint;
    readonly tokens?: readonly { contract: string; from?: string; to: string; amount: bigint }[];
    readonly coins?: readonly (Omit<InternalCall, "from"> & { readonly from?: string })[];
  }): string;
  /** Leave to spend, which moves nothing and stands in the list of transfers. */
  approve(approval: { contract: string; to: string; amount: bigint; from?: string }): string;
  payTrc10(payment: { tokenId: string; to: string; amount: bigint }): string;
  /** A TRC-20 with whatever symbol and decimals its author likes. @returns its address. */
  issueToken(token: { symbol: string; decimals: number; address?: string }): string;
  inOneBlock<T>(sends: () => T): T;
  mine(blocks: number): void;
  /** Replaces the last blocks, none of them solid. What they held is lost, or comes again in a block after them. */
  reorg(depth: number, held?: "lost" | "included_again"): void;
  /** Whether the node keeps what contracts do inside a transaction. It does unless told otherwise. */
  keepInternalTransactions(kept: boolean): void;
  head(): { number: number; time: Date };
  readonly faults: {
    next(rule: FaultRule): void;
    outage(): void;
    heal(): void;
  };
  /** What was asked, in order. */
  readonly requests: readonly JournalRow[];
  stop(): Promise<void>;
}

export async function startTron(options: TronOptions = {}): Promise<Tron> {
  const { clock = systemClock, apiKey = null, network = "tron sandbox", blockMs = 0 } = options;
  const ledger = createLedger(clock, network);
  const settings: NodeSettings = { apiKey, keepsInternal: true };
  const world = options.world ?? {
    server: "tron" as const,
    faults: createFaults(clock),
    journal: createJournal(),
  };
  const { server, faults, journal } = world;
  const background = createBackground();
  const wire = await startWireServer({
    world,
    prefix: "",
    port: options.port,
    clock,
    background,
    handle: createRoutes(ledger, settings),
  });
  for (const { chain, contract, symbol, decimals } of registry.all)
    if (chain === "tron" && contract !== null) ledger.issueToken({ address: contract, symbol, decimals });
  if (blockMs > 0)
    void background.start(async () => {
      for (;;) {
        await background.sleep(blockMs);
        ledger.mine(1);
      }
    });
  return {
    url: wire.url,
    genesisHash: ledger.blocks[0]!.id,
    ...createSends(ledger),
    issueToken({ symbol, decimals, address = inventAddress(`token ${ledger.tokens.size}`) }) {
      return ledger.issueToken({ symbol, decimals, address }).address;
    },
    mine: (blocks) => ledger.mine(blocks),
    reorg(depth, held = "lost") {
      const undone = ledger.reorg(depth);
      if (held === "lost") return;
      ledger.resend(undone);
      ledger.mine(1);
    },
    keepInternalTransactions: (kept) => void (settings.keepsInternal = kept),
    head: () => ({ number: ledger.head().number, time: new Date(ledger.head().time) }),
    faults: {
      next: (rule) => faults.next(server, rule),
      outage: () => faults.outage(server),
      heal: () => faults.heal(server),
    },
    get requests() {
      return journal.of(server);
    },
    async stop() {
      await background.stop();
      await wire.close();
    },
  };
}

const nothing = { amount: 0n, failure: null, events: [], internal: [] };

function createSends(
  ledger: Ledger,
): Pick<Tron, "pay" | "payByContract" | "approve" | "payTrc10" | "inOneBlock"> {
  let gathering = false;
  const send = (transaction: SentTransaction): string => {
    const id = ledger.send(transaction);
    if (!gathering) ledger.mine(1);
    return id;
  };
  return {
    pay({ to, contract, amount, from = payer, failure = null }) {
      if (contract === null) return send({ ...nothing, type: "TransferContract", from, to, amount, failure });
      const events = [{ kind: "Transfer", contract, from, to, amount }] as const;
      return send({ ...nothing, type: "TriggerSmartContract", from, to: contract, failure, events });
    },
    payByContract({ contract = inventAddress("a distributor"), value = 0n, tokens = [], coins = [] }) {
      const events = tokens.map(({ from = contract, ...rest }) => ({
        kind: "Transfer" as const,
        from,
        ...rest,
      }));
      const internal = coins.map(({ from = contract, ...rest }) => ({ from, ...rest }));
      const type = "TriggerSmartContract";
      return send({ ...nothing, type, from: payer, to: contract, amount: value, events, internal });
    },
    approve({ contract, to, amount, from = payer }) {
      const events = [{ kind: "Approval", contract, from, to, amount }] as const;
      return send({ ...nothing, type: "TriggerSmartContract", from, to: contract, events });
    },
    payTrc10: ({ tokenId, to, amount }) =>
      send({ ...nothing, type: "TransferAssetContract", from: payer, to, amount, tokenId }),
    inOneBlock(sends) {
      gathering = true;
      try {
        return sends();
      } finally {
        gathering = false;
        ledger.mine(1);
      }
    },
  };
}
