import { createHash } from "node:crypto";
import type { RawBuilder } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import type { Money } from "../money/index.ts";

/** Who has to move next. "provider" is whoever holds the money outside: the processor or a swap provider. */
export type WaitOwner = "system" | "provider" | "operator" | "payer";

/** So many of one kind are shown: whoever has more has another problem. */
export const mostOfAKind = 500;

/** What the recovery desk shows of one thing that a person should look at; its value in USD is the desk's to say. */
export interface DeskItem {
  readonly thing: string;
  /** With `thing`, what an action names. */
  readonly id: string;
  readonly status: string;
  /** Our stable word for why it is here. */
  readonly reason: string;
  /** What a provider said about it, in its own words: for people, and cut to some hundred characters. */
  readonly said?: string | null;
  /** When it came into this status; null where nobody wrote that down. */
  readonly since: Date | null;
  /** Whose turn it is; whatever is here, an operator may act. */
  readonly owner: WaitOwner;
  readonly deadlineAt: Date | null;
  /** Base units. Empty where no amount is known. */
  readonly money: readonly Money[];
  /** Of that money, where the room observed it; null: the desk values it. */
  readonly usdMicros: bigint | null;
  /** The payout or conversion this is a part of: when that is here too, it is the same money. */
  readonly partOf: string | null;
  readonly actions: readonly string[];
  /** Of what is shown of it: another one says that it has changed. */
  readonly version: string;
}

/** What some actions need beyond the item they are for. */
export interface ReviewInput {
  /** `assign`: the order that unmatched money is for. */
  readonly orderId?: string | undefined;
  /** `refund`: where the payer wants the coins; checked as an address of their chain. */
  readonly address?: string | undefined;
  /** `top_up`, `paid_outside`, and `accept_delivery` or `accept_refund` where the provider names none: the transaction that brought the coins. */
  readonly transactionHash?: string | undefined;
  /** `acknowledge`, and any other where somebody wants it so: the `version` that they read. */
  readonly seen?: string | undefined;
}

export interface Asked {
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** A person's decision about one item. */
export interface Decision extends Asked {
  readonly id: string;
  readonly action: string;
  readonly input: ReviewInput;
  /** Who decides: named in the histories of what moves. */
  readonly by: string;
}

/** What a room puts on the recovery desk: things of one kind, and what may be done to each. */
export interface RoomDesk {
  readonly thing: string;
  /** Everything that may ever be done to one. */
  readonly actions: readonly string[];
  /** Its look asks the chains about each address that payers were given: too much for what is read every few seconds. */
  readonly asksEveryAddress: boolean;
  /** SQL that selects path, asset and amount: what stands in suspense accounts because of this room's things. */
  readonly inSuspense: RawBuilder<unknown> | null;
  /** The longest waiting first. */
  find(asked: Asked): Promise<DeskItem[]>;
  /** @throws {DomainError} `unknown_review_item` or the room's own word for it, `review_input_missing`, and why it is not offered. */
  act(decision: Decision): Promise<void>;
}

/** One of a thing's actions. Each asks the chain or the provider before it moves money, or moves none. */
export interface DeskAction<Row> {
  /** Without it the action cannot be decided. */
  readonly needs?: keyof ReviewInput;
  /**
   * Why it may not be done to the row as it is now; null, or nothing here: it may. What is offered and what is allowed both
   * follow from this.
   */
  readonly refuse?: (row: Row, now: Date) => DomainError | null;
  readonly run: (row: Row, decision: Decision) => Promise<unknown>;
}

/** What a room shows of an item. */
export type Shown = Omit<DeskItem, "thing" | "actions" | "version">;

export interface DeskPlan<Row> {
  readonly thing: string;
  readonly asksEveryAddress?: boolean;
  readonly inSuspense?: RawBuilder<unknown>;
  readonly actions: Readonly<Record<string, DeskAction<Row>>>;
  find(asked: Asked): Promise<readonly Row[]>;
  show(row: Row, now: Date): Shown;
  /** The row as it is now. @throws {DomainError} there is none. */
  look(id: string, asked: Asked): Promise<Row>;
}

const words: Readonly<Record<keyof ReviewInput, string>> = {
  orderId: "the order's id",
  address: "the payer's address",
  transactionHash: "the hash of the transaction that brought the coins",
  seen: "the version of the item that you read",
};

const versionOf = ({ status, reason, said, since, money }: Shown): string => {
  const shown = [
    status,
    reason,
    said ?? null,
    since,
    money.map(({ asset, amount }) => [asset, String(amount)]),
  ];
  return createHash("sha256").update(JSON.stringify(shown)).digest("hex").slice(0, 12);
};

/**
 * A room's desk, in which an action that is not offered for the row as it is now is refused, with the reason, and so is one that
 * somebody decided about what is not there any more.
 */
export function defineDesk<Row>(plan: DeskPlan<Row>): RoomDesk {
  const { thing, actions } = plan;
  const names = Object.keys(actions);
  return {
    thing,
    actions: names,
    asksEveryAddress: plan.asksEveryAddress ?? false,
    inSuspense: plan.inSuspense ?? null,
    async find(asked) {
      const offered = (row: Row): string[] =>
        names.filter((name) => (actions[name]?.refuse?.(row, asked.now) ?? null) === null);
      return (await plan.find(asked)).map((row) => {
        const shown = plan.show(row, asked.now);
        return { thing, ...shown, actions: offered(row), version: versionOf(shown) };
      });
    },
    async act(decision) {
      const action = actions[decision.action];
      if (action === undefined) throw unknownAction(thing, decision.action, names);
      if (action.needs !== undefined && decision.input[action.needs] === undefined)
        throw new DomainError(
          "review_input_missing",
          `This action needs ${words[action.needs]}. Say it and send the action again.`,
        );
      const row = await plan.look(decision.id, decision);
      const refusal = action.refuse?.(row, decision.now) ?? null;
      if (refusal !== null) throw refusal;
      const { seen } = decision.input;
      const shown = plan.show(row, decision.now);
      if (seen !== undefined && seen !== versionOf(shown)) throw itemChanged(thing, shown, seen);
      await action.run(row, decision);
    },
  };
}

/** @param seen the version that whoever decided had read; null: it changed while they decided. */
export function itemChanged(thing: string, shown: Shown, seen: string | null = null): DomainError {
  const says = [shown.reason, shown.said, ...shown.money.map(({ asset, amount }) => `${amount} of ${asset}`)];
  const now = says.filter(Boolean).join("; ");
  return new DomainError(
    "review_item_changed",
    `This ${thing} says something else than what you read${seen === null ? "" : ` (version ${seen.slice(0, 20)})`}. Now it says: ${now} (version ${versionOf(shown)}, in base units).`,
    { id: shown.id },
  );
}

export const unknownItem = (thing: string, id: string): DomainError =>
  new DomainError("unknown_review_item", `There is no ${thing} ${id}. Read the recovery desk again.`);

export const unknownAction = (thing: string, action: string, actions: readonly string[]): DomainError =>
  new DomainError(
    "unknown_review_action",
    `A ${thing} has no action "${action}"; it has: ${actions.join(", ") || "none"}.`,
  );
