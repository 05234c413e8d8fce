import { stringify } from "lossless-json";
import { systemClock } from "../../src/clock.ts";
import { createBackground } from "../background.ts";
import { createFaults, createJournal } from "../faults.ts";
import { startWireServer, type WireAnswer, type WireRequest } from "../wire-server.ts";
import { inventAddress, namedHash } from "./addresses.ts";
import { SolanaLedger } from "./ledger.ts";
import { RpcError, rpcMethods, type NodeView } from "./rpc-methods.ts";
import type { SolanaEmulator, SolanaLie, SolanaOptions } from "./types.ts";

interface Call {
  readonly id: unknown;
  readonly method: string;
  readonly params?: readonly unknown[];
}

const isCall = (value: unknown): value is Call =>
  typeof value === "object" && value !== null && "method" in value && typeof value.method === "string";
const callsOf = (body: unknown): Call[] => (Array.isArray(body) ? body : [body]).filter(isCall);

type LieOf<Kind extends SolanaLie["kind"]> = Extract<SolanaLie, { kind: Kind }>;

/** Speaks the truth until it is told to lie. */
class SolanaNodeServer implements NodeView {
  readonly ledger: SolanaLedger;
  readonly genesisHash: string;
  readonly lies: SolanaLie[] = [];

  constructor(ledger: SolanaLedger, genesisHash: string) {
    this.ledger = ledger;
    this.genesisHash = genesisHash;
  }

  get pageRows(): number {
    return this.find("cut_pages")?.rows ?? 1000;
  }

  forgets(signature: string): boolean {
    const lie = this.find("forget");
    return lie !== undefined && (lie.signatures?.includes(signature) ?? true);
  }

  handle({ body }: WireRequest): WireAnswer {
    const replies = callsOf(body).map((call) => ({ jsonrpc: "2.0", ...this.answer(call), id: call.id }));
    return {
      status: 200,
      // Balances may exceed what a double holds, and nodes write them as numbers all the same.
      body: stringify(Array.isArray(body) ? replies : replies[0]) ?? "",
      headers: { "content-type": "application/json; charset=utf-8" },
    };
  }

  private find<Kind extends SolanaLie["kind"]>(
    kind: Kind,
    fits: (lie: LieOf<Kind>) => boolean = () => true,
  ): LieOf<Kind> | undefined {
    return this.lies.find((lie): lie is LieOf<Kind> => lie.kind === kind && fits(lie as LieOf<Kind>));
  }

  private answer({ method, params = [] }: Call): { result: unknown } | { error: object } {
    const refused = this.find("method_error", (lie) => lie.method === method);
    const changed = this.find("answer", (lie) => lie.method === method);
    try {
      if (refused) throw new RpcError(refused.code, refused.message);
      const answer = rpcMethods.get(method);
      if (!answer) throw new RpcError(-32601, "Method not found");
      const result = answer(this, params);
      return { result: changed ? changed.change(result as never) : result };
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      return { error: { code: error.code, message: error.message } };
    }
  }
}

/** An emulated Solana node on loopback, with a faucet. It ends with `stop`. */
export async function startSolana(options: SolanaOptions = {}): Promise<SolanaEmulator> {
  const { clock = systemClock, port, slotMs = 0 } = options;
  const background = createBackground();
  const world = options.world ?? {
    server: "rpc" as const,
    faults: createFaults(clock),
    journal: createJournal(),
  };
  const ledger = new SolanaLedger(clock);
  const node = new SolanaNodeServer(ledger, namedHash("sandbox/solana/genesis"));
  const wire = await startWireServer({
    world,
    prefix: "",
    port,
    clock,
    background,
    handle: (request) => node.handle(request),
    describe: ({ method, body }) => ({
      method,
      path: callsOf(body)
        .map((call) => call.method)
        .join(","),
    }),
  });
  if (slotMs > 0)
    void background.start(async () => {
      for (;;) {
        await background.sleep(slotMs);
        ledger.advance(1);
      }
    });
  return {
    url: wire.url,
    genesisHash: node.genesisHash,
    faults: world.faults,
    journal: world.journal,
    get head() {
      return ledger.head;
    },
    pay: (move, how) => ledger.send([move], how),
    multisend: (moves, how) => ledger.send(moves, how),
    openTokenAccount: ({ owner, mint }) => ledger.openTokenAccount(owner, mint),
    closeTokenAccount: ({ owner, mint }) => ledger.closeTokenAccount(owner, mint),
    newMint: (token = {}) => ledger.newMint(token),
    newWallet: inventAddress,
    tokenAccount: (owner, mint) => ledger.tokenAccount(owner, mint),
    advance: (slots = 1) => ledger.advance(slots),
    skipSlots: (slots = 1) => ledger.skip(slots),
    drop: (signature) => ledger.drop(signature),
    balanceOf(wallet, mint) {
      if (mint === null) return ledger.account(wallet).lamports;
      const own = ledger.tokenAccountsOf(wallet).filter(({ token }) => token.mint === mint);
      return own.reduce((sum, { token }) => sum + token.amount, 0n);
    },
    lie: (lie) => void node.lies.push(lie),
    heal() {
      node.lies.length = 0;
      world.faults.heal(world.server);
    },
    async stop() {
      await Promise.all([background.stop(), wire.close()]);
    },
  };
}
