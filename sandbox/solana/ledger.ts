import type { Clock } from "../../src/clock.ts";
import { registry } from "../../src/money/index.ts";
import {
  associatedAccount,
  inventAddress,
  inventSignature,
  namedHash,
  programs,
  wrappedSol,
} from "./addresses.ts";
import {
  closeAccount,
  openAccount,
  openAssociatedAccount,
  transferCoins,
  transferTokens,
  type Instruction,
} from "./instructions.ts";
import type { SolanaMove, SolanaTransactionOptions } from "./types.ts";

export interface TokenState {
  readonly mint: string;
  readonly owner: string;
  amount: bigint;
}

export interface AccountState {
  lamports: bigint;
  token: TokenState | null;
}

export interface Recorded {
  readonly signature: string;
  readonly slot: number;
  readonly instructions: readonly Instruction[];
  /** Named in the message itself, and through a lookup table; accounts that are written, then programs. */
  readonly keys: { readonly fixed: readonly string[]; readonly writable: readonly string[] };
  readonly signers: number;
  readonly readonlyKeys: number;
  readonly failed: boolean;
  readonly fee: bigint;
  readonly before: readonly AccountState[];
  readonly after: readonly AccountState[];
}

export const rent = 2_039_280n;
const fee = 5_000n;
const firstSlot = 300_000_000;
const slotsToFinality = 32;

/** A customer with coins and tokens, for payments that nobody in particular makes. */
const stranger = namedHash("sandbox/solana/stranger");

type Effect = (ledger: SolanaLedger) => void;
interface Plan {
  readonly instructions: Instruction[];
  readonly effects: Effect[];
  readonly signers: Set<string>;
  /** Accounts that this transaction opens. */
  readonly opened: Set<string>;
}

const copyOf = ({ lamports, token }: AccountState): AccountState => ({
  lamports,
  token: token === null ? null : { ...token },
});

/** Takes one transaction's change off what the account holds now. */
function undo(state: AccountState, before: AccountState, after: AccountState): void {
  state.lamports += before.lamports - after.lamports;
  if (before.token === null) state.token = null;
  else {
    const held = (state.token?.amount ?? 0n) + before.token.amount - (after.token?.amount ?? 0n);
    state.token = { ...before.token, amount: held };
  }
}

/** Accounts, slots and transactions, as of the processed slot. */
export class SolanaLedger {
  readonly transactions = new Map<string, Recorded>();
  private readonly byAddress = new Map<string, Recorded[]>();
  private readonly accounts = new Map<string, AccountState>();
  private readonly mints = new Map<string, { decimals: number; program: string }>();
  private readonly times = new Map<number, Date>();
  private readonly skipped = new Set<number>();
  private readonly clock: Clock;
  private slot = firstSlot;

  constructor(clock: Clock) {
    this.clock = clock;
    this.times.set(firstSlot, clock.now());
  }

  get head() {
    const processed = this.slot;
    return { processed, confirmed: processed - 1, finalized: processed - slotsToFinality };
  }

  advance(slots: number): void {
    for (let passed = 0; passed < slots; passed += 1) this.times.set((this.slot += 1), this.clock.now());
  }

  skip(slots: number): void {
    for (let passed = 0; passed < slots; passed += 1) this.skipped.add((this.slot += 1));
  }

  /** Null: no block in this slot. */
  blockAt(slot: number): { hash: string; parent: number; time: Date } | null {
    if (slot > this.slot || slot < 0 || this.skipped.has(slot)) return null;
    let parent = slot - 1;
    while (this.skipped.has(parent)) parent -= 1;
    const first = this.times.get(firstSlot)!;
    const time = this.times.get(slot) ?? new Date(first.getTime() - (firstSlot - slot) * 400);
    return { hash: namedHash(`sandbox/solana/block/${slot}`), parent, time };
  }

  mintOf(mint: string): { decimals: number; program: string } {
    const listed = registry.findByContract("solana", mint);
    return this.mints.get(mint) ?? { decimals: listed?.decimals ?? 6, program: programs.token };
  }

  newMint({ decimals = 6, program = programs.token as string }): string {
    const mint = inventAddress();
    this.mints.set(mint, { decimals, program });
    return mint;
  }

  account(address: string): AccountState {
    const found = this.accounts.get(address);
    if (found) return found;
    const empty: AccountState = { lamports: 0n, token: null };
    this.accounts.set(address, empty);
    return empty;
  }

  tokenAccount(owner: string, mint: string): string {
    return associatedAccount(owner, mint, this.mintOf(mint).program);
  }

  tokenAccountsOf(owner: string): { address: string; token: TokenState; lamports: bigint }[] {
    return [...this.accounts].flatMap(([address, { token, lamports }]) =>
      token?.owner === owner ? [{ address, token, lamports }] : [],
    );
  }

  /** Oldest first. */
  touching(address: string): readonly Recorded[] {
    return this.byAddress.get(address) ?? [];
  }

  send(moves: readonly SolanaMove[], options: SolanaTransactionOptions = {}): string {
    const feePayer = options.feePayer ?? moves[0]?.from ?? stranger;
    const plan = newPlan(feePayer);
    for (const move of moves) this.planMove(plan, move, feePayer);
    return this.execute(plan, options);
  }

  openTokenAccount(owner: string, mint: string): string {
    const address = inventAddress();
    const plan = newPlan(stranger);
    plan.signers.add(address);
    const { program } = this.mintOf(mint);
    plan.instructions.push(...openAccount({ payer: stranger, account: address, mint, owner, program, rent }));
    plan.effects.push((ledger) => ledger.open(address, { owner, mint, payer: stranger }));
    this.execute(plan, {});
    return address;
  }

  closeTokenAccount(owner: string, mint: string): string {
    const address = this.tokenAccount(owner, mint);
    const plan = newPlan(owner);
    plan.instructions.push(closeAccount({ account: address, owner, program: this.mintOf(mint).program }));
    plan.effects.push((ledger) => ledger.close(address, owner));
    return this.execute(plan, {});
  }

  drop(signature: string): void {
    const recorded = this.transactions.get(signature);
    if (!recorded) throw new Error(`The sandbox has no transaction ${signature}.`);
    if (recorded.slot <= this.head.finalized) throw new Error(`${signature} is final.`);
    const keys = keysOf(recorded);
    keys.forEach((key, place) => undo(this.account(key), recorded.before[place]!, recorded.after[place]!));
    this.transactions.delete(signature);
    for (const key of keys) {
      const others = this.touching(key).filter((other) => other !== recorded);
      this.byAddress.set(key, others);
    }
  }

  private planMove(plan: Plan, move: SolanaMove, feePayer: string): void {
    const { mint, to, amount, from = stranger } = move;
    plan.signers.add(from);
    if (mint === null) {
      plan.instructions.push(transferCoins({ from, to, amount }));
      plan.effects.push((ledger) => ledger.moveCoins(from, to, amount));
      return;
    }
    const { program, decimals } = this.mintOf(mint);
    const source = this.tokenAccount(from, mint);
    const target = move.toAccount ?? this.tokenAccount(to, mint);
    if (from === stranger) this.fillStranger(source, mint, amount);
    if (this.account(target).token === null && !plan.opened.has(target)) {
      plan.opened.add(target);
      plan.instructions.push(
        openAssociatedAccount({ payer: feePayer, account: target, owner: to, mint, program }),
      );
      plan.effects.push((ledger) => ledger.open(target, { owner: to, mint, payer: feePayer }));
    }
    const checked = move.instruction !== "transfer";
    plan.instructions.push(
      transferTokens({ source, target, owner: from, mint, amount, decimals, program, checked }),
    );
    plan.effects.push((ledger) => ledger.moveTokens(source, target, amount));
  }

  private fillStranger(account: string, mint: string, amount: bigint): void {
    const state = this.account(account);
    const enough = amount * 10n;
    const held = state.token?.amount ?? 0n;
    if (held >= enough) return;
    const added = enough - held;
    state.token = { mint, owner: stranger, amount: enough };
    if (state.lamports === 0n) state.lamports = rent;
    if (mint === wrappedSol) state.lamports += added;
  }

  /** Puts the transaction into a slot of its own. What it may not do leaves no trace, as a node refuses it before it is sent. */
  private execute(plan: Plan, { fails = false, lookupTable = false }: SolanaTransactionOptions): string {
    const [feePayer] = plan.signers;
    const keys = layOut(plan, lookupTable);
    this.account(stranger).lamports = 10n ** 18n;
    const all = [...keys.fixed, ...keys.writable];
    const before = all.map((key) => copyOf(this.account(key)));
    try {
      this.pay(feePayer!, fee);
      if (!fails) for (const effect of plan.effects) effect(this);
    } catch (error) {
      all.forEach((key, place) => this.accounts.set(key, before[place]!));
      throw error;
    }
    this.advance(1);
    const recorded: Recorded = {
      signature: inventSignature(),
      slot: this.slot,
      instructions: plan.instructions,
      keys,
      signers: plan.signers.size,
      readonlyKeys: new Set(plan.instructions.map(({ program }) => program)).size,
      failed: fails,
      fee,
      before,
      after: all.map((key) => copyOf(this.account(key))),
    };
    this.transactions.set(recorded.signature, recorded);
    for (const key of all) {
      const list = this.byAddress.get(key);
      if (list) list.push(recorded);
      else this.byAddress.set(key, [recorded]);
    }
    return recorded.signature;
  }

  private pay(from: string, lamports: bigint): void {
    const state = this.account(from);
    if (state.lamports < lamports) throw new Error(`${from} has not ${lamports} lamports.`);
    state.lamports -= lamports;
  }

  private moveCoins(from: string, to: string, lamports: bigint): void {
    this.pay(from, lamports);
    this.account(to).lamports += lamports;
  }

  private moveTokens(source: string, target: string, amount: bigint): void {
    const from = this.account(source).token;
    const to = this.account(target).token;
    if (from === null || to === null || from.mint !== to.mint || from.amount < amount)
      throw new Error(`${source} cannot send ${amount} to ${target}.`);
    from.amount -= amount;
    to.amount += amount;
    if (from.mint === wrappedSol) this.moveCoins(source, target, amount);
  }

  private open(
    account: string,
    { owner, mint, payer }: { owner: string; mint: string; payer: string },
  ): void {
    this.moveCoins(payer, account, rent);
    this.account(account).token = { mint, owner, amount: 0n };
  }

  private close(account: string, owner: string): void {
    const state = this.account(account);
    if (state.token === null || (state.token.amount > 0n && state.token.mint !== wrappedSol))
      throw new Error(`${account} is not an account that can be closed.`);
    this.moveCoins(account, owner, state.lamports);
    state.token = null;
  }
}

const newPlan = (feePayer: string): Plan => ({
  instructions: [],
  effects: [],
  signers: new Set([feePayer]),
  opened: new Set(),
});

/** Signers first, then what is written, then programs; without the signers and programs where a lookup table helps. */
function layOut({ signers, instructions }: Plan, lookupTable: boolean): Recorded["keys"] {
  const called = new Set(instructions.map(({ program }) => program));
  const named = new Set(instructions.flatMap(({ accounts }) => accounts));
  const others = [...named].filter((key) => !signers.has(key) && !called.has(key));
  return lookupTable
    ? { fixed: [...signers, ...called], writable: others }
    : { fixed: [...signers, ...others, ...called], writable: [] };
}

export const keysOf = ({ keys }: Recorded): readonly string[] => [...keys.fixed, ...keys.writable];
