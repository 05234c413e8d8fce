import { median } from "./measure.ts";

export type Unit = "per_second" | "seconds" | "ms" | "mb" | "count";

/** One figure of every round, under its name. */
export interface Figures {
  record(row: string, unit: Unit, value: number): void;
}

/** A figure to hold another one against, and how far it must come. */
export interface Comparison {
  readonly row: string;
  readonly limit: string;
  /** Of a rate at least this; of anything else at most its inverse. Absent: for information. */
  readonly goal?: number;
  readonly goalName?: string;
}

export interface ReportRow {
  readonly row: string;
  readonly unit: Unit;
  readonly median: number;
  readonly rounds: readonly number[];
}

export interface Ratio extends Comparison {
  /** Median of the rounds' own ratios: above one is better than the limit. Of anything but rates, less is better. */
  readonly ratio: number;
  readonly met: boolean | null;
}

export interface Report {
  readonly rows: readonly ReportRow[];
  readonly ratios: readonly Ratio[];
}

export function createFigures(): Figures & { report(comparisons: readonly Comparison[]): Report } {
  const rows = new Map<string, { unit: Unit; rounds: number[] }>();
  return {
    record(row, unit, value) {
      const known = rows.get(row) ?? { unit, rounds: [] };
      known.rounds.push(value);
      rows.set(row, known);
    },
    report: (comparisons) => ({
      rows: [...rows].map(([row, { unit, rounds }]) => ({ row, unit, median: median(rounds), rounds })),
      ratios: comparisons.flatMap((comparison) => {
        const own = rows.get(comparison.row);
        const limit = rows.get(comparison.limit);
        if (!own || !limit) return [];
        const ratios = own.rounds.flatMap((value, index) => {
          const beside = limit.rounds[index];
          if (beside === undefined) return [];
          return [own.unit === "per_second" ? value / beside : beside / value];
        });
        const ratio = median(ratios);
        const met = comparison.goal === undefined ? null : ratio >= comparison.goal;
        return [{ ...comparison, ratio, met }];
      }),
    }),
  };
}

const inWords = { per_second: "/s", seconds: " s", ms: " ms", mb: " MB", count: "" } as const;
const digitsShown = { per_second: 0, seconds: 3, ms: 2, mb: 0, count: 0 } as const;

function figure(value: number, unit: Unit): string {
  const digits = unit === "count" && value < 10 ? 2 : digitsShown[unit];
  const least = unit === "count" ? 0 : digits;
  return `${value.toLocaleString("en-US", { minimumFractionDigits: least, maximumFractionDigits: digits })}${inWords[unit]}`;
}

/** The report as a person reads it. */
export function toText(title: string, { rows, ratios }: Report): string {
  const width = Math.max(...rows.map(({ row }) => row.length), 20);
  const lines = rows.map(({ row, unit, median: middle, rounds }) => {
    const span = `${figure(Math.min(...rounds), unit)} … ${figure(Math.max(...rounds), unit)}`;
    return `  ${row.padEnd(width)}  ${figure(middle, unit).padStart(14)}   ${span}`;
  });
  const against = ratios.map(({ row, limit, ratio, goal, goalName, met }) => {
    const verdict = goal === undefined ? "" : `  ${met ? "met" : "NOT MET"}: ${goalName ?? ""} ≥ ${goal}`;
    return `  ${row} : ${limit} = ${ratio.toFixed(2)}${verdict}`;
  });
  return [title, ...lines, "", ...against, ""].join("\n");
}
