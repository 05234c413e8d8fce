import { inTransaction, type Db } from "../../database/index.ts";
import { EngineError } from "../../errors.ts";
import { derivedId, newId } from "../../ids.ts";
import { balanceOf, postEntry, type JournalEntry, type Posting } from "../index.ts";

const happenedAt = new Date("2026-03-01T12:00:00Z");

/** What happened to one booking: its outcome, or the code of its refusal. */
export async function outcomeOf(db: Db, entry: JournalEntry): Promise<string> {
  try {
    return await inTransaction(db, (tx) => postEntry(tx, entry));
  } catch (error) {
    if (error instanceof EngineError) return error.code;
    throw error;
  }
}

/** `wallet → pending 100 USDT` */
function parsePosting(text: string, paths: ReadonlyMap<string, string>): Posting {
  const [, debit, credit, amount, asset] = /^(\w+) → (\w+) (\d+) (\w+)$/.exec(text) ?? [];
  const debitPath = paths.get(debit ?? "");
  const creditPath = paths.get(credit ?? "");
  if (!debitPath || !creditPath || !amount)
    throw new Error(`not a posting between named accounts: "${text}"`);
  return {
    debit: debitPath,
    credit: creditPath,
    money: { asset: `ethereum:${asset}`, amount: BigInt(amount) },
  };
}

/**
 * Plays a table that an accountant can read and returns it as it came out, so that a test compares the two:
 *
 *     account  held     payee:#:held
 *     post E1  wallet → held  100 USDT  is posted  -- money in
 *     balance  held  100 USDT
 *
 * `#` in a path is an id of this play's own, several postings of one entry are joined by `and`, and entries of one name
 * have one id.
 */
export async function play(db: Db, table: string): Promise<{ expected: string[]; actual: string[] }> {
  const own = newId();
  const paths = new Map<string, string>();
  const expected: string[] = [];
  const actual: string[] = [];
  for (const raw of table.split("\n")) {
    const row = raw.replace(/--.*$/, "").trim().replace(/\s+/g, " ");
    if (row === "") continue;
    const [verb, name = "", ...rest] = row.split(" ");
    if (verb === "account") paths.set(name, rest.join(" ").replace("#", own));
    else if (verb === "post") {
      const [, what = "", wanted = ""] = /^(.*) is (\w+)$/.exec(rest.join(" ")) ?? [];
      const postings = what.split(" and ").map((text) => parsePosting(text, paths));
      const entry = { id: derivedId(own, name), reason: "play", happenedAt, postings };
      expected.push(`post ${name} ${what} is ${wanted}`);
      actual.push(`post ${name} ${what} is ${await outcomeOf(db, entry)}`);
    } else if (verb === "balance") {
      const asset = rest[1] ?? "";
      expected.push(row);
      actual.push(
        `balance ${name} ${await balanceOf(db, paths.get(name) ?? name, `ethereum:${asset}`)} ${asset}`,
      );
    } else throw new Error(`not a row of a play: "${row}"`);
  }
  return { expected, actual };
}
