import type { DepositReading } from "../receiving.ts";
import type { DepositAnswer, DepositFacts } from "./read-deposits.ts";

type IncludedReading = Extract<DepositReading, { status: "included" }>;
type Interpret = (facts: DepositFacts) => DepositReading;

/** What must be alike: where it is, whether it succeeded, and what it brought. Confirmations grow between two questions. */
const gist = ({ includedIn, succeeded, deposits }: IncludedReading): string =>
  JSON.stringify([
    includedIn.blockHash,
    includedIn.blockNumber.toString(),
    succeeded,
    deposits.map(({ index, asset, from, to, amount }) => [index, asset.id, from, to, amount.toString()]),
  ]);

function agreedReading(
  facts: readonly DepositFacts[],
  interpret: Interpret,
  needed: number,
): DepositReading | null {
  const groups = new Map<string, { endpoints: Set<string>; readings: IncludedReading[] }>();
  for (const one of facts) {
    const reading = interpret(one);
    if (reading.status !== "included") continue;
    const group = groups.get(gist(reading)) ?? { endpoints: new Set(), readings: [] };
    group.endpoints.add(one.endpoint);
    group.readings.push(reading);
    groups.set(gist(reading), group);
  }
  const { readings = [] } = [...groups.values()].find(({ endpoints }) => endpoints.size >= needed) ?? {};
  const [first, ...others] = readings;
  if (first === undefined) return null;
  // The most careful of them speaks for all.
  return others.reduce<IncludedReading>(
    (sum, { confirmations, final }) => ({
      ...sum,
      confirmations: confirmations < sum.confirmations ? confirmations : sum.confirmations,
      final: sum.final && final,
    }),
    first,
  );
}

const included = (answers: readonly DepositAnswer[]): DepositFacts[] =>
  answers.filter((answer) => answer.status === "included");

/** The reading that so many endpoints give alike, nothing hidden from any of them; `null`: ask on. */
export function settledReading(
  answers: readonly DepositAnswer[],
  interpret: Interpret,
  needed: number,
): DepositReading | null {
  const whole = included(answers).filter(({ calls }) => calls !== null);
  return agreedReading(whole, interpret, needed);
}

/**
 * The best that all answers together allow: a settled reading, else what the endpoints say alike when no trace is believed,
 * else that it is not included. `null`: they disagree.
 */
export function bestReading(
  answers: readonly DepositAnswer[],
  interpret: Interpret,
  needed: number,
): DepositReading | null {
  const settled = settledReading(answers, interpret, needed);
  if (settled !== null) return settled;
  const facts = included(answers);
  if (facts.length > 0) {
    const untraced = facts.map((one) => ({ ...one, calls: null }));
    return agreedReading(untraced, interpret, needed);
  }
  if (new Set(answers.map(({ endpoint }) => endpoint)).size < needed) return null;
  return { status: answers.some(({ status }) => status === "pending") ? "pending" : "not_found" };
}
