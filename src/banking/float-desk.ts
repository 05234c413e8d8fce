import { inTransaction, sql, type Tx } from "../database/index.ts";
import { defineDesk, mostOfAKind, unknownItem, type RoomDesk } from "../desk-port/index.ts";
import { DomainError } from "../errors.ts";
import { newId } from "../ids.ts";
import { accounts, balanceOf, postEntry } from "../ledger/index.ts";
import { differenceOf, keepLook, type FloatLook } from "./compare-floats.job.ts";
import type { BankingDeps } from "./deps.ts";

/** A transfer that ends while both are read differs for a moment: what does so for longer is shown. */
const shownAfterMs = 10 * 60_000;

const idOf = ({ provider, asset }: Pick<FloatLook, "provider" | "asset">): string => `${provider}:${asset}`;

/** @throws {DomainError} `unknown_review_item`: they agree meanwhile. */
async function lookNow(deps: BankingDeps, look: FloatLook, signal: AbortSignal): Promise<bigint> {
  const bank = deps.banks.get(look.provider);
  const told = (await bank?.floats(signal))?.get(look.asset);
  if (told === undefined)
    throw new DomainError(
      "unknown_review_item",
      `${look.provider} does not tell of a float in ${look.asset}. Try again later.`,
    );
  return told;
}

/**
 * Books what a float has beyond the book as the owner's own, and what it lacks as a loss, for as many people as the policy says. The
 * provider is asked once more, and its answer is what is booked.
 */
async function bookDifference(
  deps: BankingDeps,
  look: FloatLook,
  by: string,
  signal: AbortSignal,
): Promise<void> {
  const { provider, asset } = look;
  const before = await balanceOf(deps.db, accounts.bank(provider), asset);
  const told = await lookNow(deps, look, signal);
  const now = deps.clock.now();
  const lookAgain = async (tx: Tx): Promise<bigint> => {
    const found = await keepLook(tx, { provider, asset, told }, now);
    // What left or came since the provider was asked is in one of both only.
    if (found.booked === before) return differenceOf(found);
    throw new DomainError(
      "review_item_changed",
      "The float moved while it was looked at. Read the recovery desk again.",
    );
  };
  const book =
    (amount: bigint) =>
    async (tx: Tx): Promise<void> => {
      const float = accounts.bank(provider);
      const other = accounts.platform(amount > 0n ? "funding" : "variance");
      const [debit, credit] = amount > 0n ? [float, other] : [other, float];
      await postEntry(tx, {
        id: newId(),
        reason: amount > 0n ? "bank_float_funded" : "bank_float_lacks",
        happenedAt: now,
        postings: [{ debit, credit, money: { asset, amount: amount > 0n ? amount : -amount } }],
      });
      await keepLook(tx, { provider, asset, told }, now);
    };
  const difference = await inTransaction(deps.db, async (tx) => {
    const found = await lookAgain(tx);
    if (found > 0n) await book(found)(tx);
    return found;
  });
  if (difference >= 0n) return;
  const input = { provider, asset, difference: difference.toString() };
  await deps.secondPerson.asTwo(
    { decision: "bank_float.lacks", subject: idOf(look), input, by, now },
    async (tx) => {
      const found = await lookAgain(tx);
      if (found === difference) await book(found)(tx);
    },
  );
}

/** Floats whose book and provider differ, as `<provider>:<asset>`. */
export const floatDesk = (deps: BankingDeps): RoomDesk =>
  defineDesk<FloatLook>({
    thing: "bank_float",
    async find({ now }) {
      const { rows } = await sql<FloatLook>`
        select * from bank_float where differs_since <= ${new Date(now.getTime() - shownAfterMs)}
        order by differs_since limit ${mostOfAKind}`.execute(deps.db);
      return rows;
    },
    show(look) {
      const amount = differenceOf(look);
      return {
        id: idOf(look),
        status: amount > 0n ? "more_at_provider" : "less_at_provider",
        reason: "book_and_provider_differ",
        since: look.differs_since,
        owner: "operator",
        deadlineAt: null,
        money: [{ asset: look.asset, amount }],
        usdMicros: null,
        partOf: null,
      };
    },
    async look(id) {
      const at = id.indexOf(":");
      const { rows } = await sql<FloatLook>`
        select * from bank_float where provider = ${id.slice(0, at)} and asset = ${id.slice(at + 1)}`.execute(
        deps.db,
      );
      if (rows[0] === undefined) throw unknownItem("bank_float", id);
      return rows[0];
    },
    actions: {
      check: {
        run: async (look, { signal }) => {
          const told = await lookNow(deps, look, signal);
          const { provider, asset } = look;
          await inTransaction(deps.db, (tx) => keepLook(tx, { provider, asset, told }, deps.clock.now()));
        },
      },
      book_difference: { run: (look, { by, signal }) => bookDifference(deps, look, by, signal) },
    },
  });
