import type { Effort } from "./booking.ts";
import { callUntil } from "./measure.ts";
import {
  openRecorded,
  recordedFamilies,
  type RecordedFamily,
  type RecordedPayment,
} from "./recorded-chains.ts";
import { createFigures, type Comparison, type Report } from "./report.ts";

/** A quarter of a second sees hundreds of transactions. */
const partOfSeconds = 1 / 4;

const verified = ({ name }: RecordedFamily): string => `${name}: verification`;
const parsed = ({ name, parser }: RecordedFamily): string => `${name}: parsing its answers (${parser})`;
const fetched = ({ name }: RecordedFamily): string => `${name}: fetching and parsing its answers`;

interface Row {
  readonly name: string;
  /** One transaction's worth. */
  act(payment: RecordedPayment): Promise<void> | void;
}

const rowsOf = (family: RecordedFamily): readonly Row[] => [
  {
    name: parsed(family),
    act({ asked }) {
      for (const { answer } of asked) family.parse(answer);
    },
  },
  {
    name: fetched(family),
    async act({ asked, fetch }) {
      for (const { url, init } of asked) family.parse(await (await fetch(url, init)).text());
    },
  },
  { name: verified(family), act: (payment) => payment.verify() },
];

/** Transactions verified a second by one caller, over nodes that answer from memory: what is left is our own work. */
export async function benchVerification(effort: Effort): Promise<Report> {
  const figures = createFigures();
  const seconds = effort.seconds * partOfSeconds;
  const families = await Promise.all(
    recordedFamilies.map(async (family) => ({ family, payments: await openRecorded(family) })),
  );
  const measure = async (row: Row, payments: readonly RecordedPayment[]): Promise<number> => {
    let turn = 0;
    const { perSecond } = await callUntil(seconds, 1, async () => {
      await row.act(payments[turn++ % payments.length]!);
      return 1;
    });
    return perSecond;
  };
  for (const { family, payments } of families) for (const row of rowsOf(family)) await measure(row, payments);
  for (let round = 1; round <= effort.rounds; round++) {
    effort.progress(`verification: round ${round} of ${effort.rounds}`);
    for (const { family, payments } of families)
      for (const row of rowsOf(family)) figures.record(row.name, "per_second", await measure(row, payments));
  }
  return figures.report(
    recordedFamilies.flatMap((family): Comparison[] => [
      { row: verified(family), limit: parsed(family) },
      { row: verified(family), limit: fetched(family) },
    ]),
  );
}
