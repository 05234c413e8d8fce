import { stringify } from "csv-stringify/sync";
import type { Movement, Position, Statement } from "./statement.ts";

const columns = [
  "payee_id",
  "asset",
  "at",
  "line",
  "pending",
  "available",
  "held",
  "recoverable",
  "usd",
  "payment_id",
  "order_id",
  "settled",
  "platform_fee",
  "conversion_id",
  "payout_id",
  "sent",
  "received",
  "rate",
  "destination",
  "hash",
  "entry_id",
] as const;
type Row = Partial<Record<(typeof columns)[number], string>>;

/** "12.5 ethereum:USDT" */
const textOf = (money: { asset: string; amount: string } | null): string =>
  money === null ? "" : `${money.amount} ${money.asset}`;

function aboutCells({ about }: Movement): Row {
  switch (about?.kind) {
    case "earning":
      return {
        payment_id: about.payment_id,
        order_id: about.order_id ?? "",
        settled: textOf(about.settled),
        platform_fee: textOf(about.platform_fee),
        usd: about.usd ?? "",
      };
    case "conversion":
      return {
        conversion_id: about.conversion_id,
        sent: textOf(about.source),
        received: textOf(about.target),
        rate: about.rate ?? "",
        hash: about.delivery_hashes.join(" "),
        usd: about.usd ?? "",
      };
    case "payout":
      return {
        payout_id: about.payout_id,
        sent: textOf(about.amount),
        received: textOf(about.delivered),
        rate: about.rate ?? "",
        destination: `${about.destination.asset} ${about.destination.address}`,
        hash: about.transaction_hash ?? "",
        usd: about.usd ?? "",
      };
    case undefined:
      return {};
  }
}

const cellsOf = ({ pending, available, held, recoverable }: Position): Row => ({
  pending,
  available,
  held,
  recoverable,
});

function rowsOf(statement: Statement): Row[] {
  const { payee_id } = statement;
  return statement.assets.flatMap(({ asset, opening, movements, closing }) => [
    { payee_id, asset, at: statement.from, line: "opening", ...cellsOf(opening) },
    ...movements.map((movement) => ({
      payee_id,
      asset,
      at: movement.at,
      line: movement.reason,
      ...cellsOf(movement),
      ...aboutCells(movement),
      entry_id: movement.entry_id,
    })),
    { payee_id, asset, at: statement.to, line: "closing", ...cellsOf(closing) },
  ]);
}

/** A cell that begins like a formula is one to a spreadsheet; a number below zero is a number there too. */
const isFormula = (text: string): boolean =>
  /^[=+@\t\r\uFF1D\uFF0B\uFF20]|^[-\uFF0D](?!\d[\d.]*$)/.test(text);

/** A row a movement, with the opening balance above and the closing one below, an asset after the other. */
export const statementCsv = (statement: Statement, { header = true } = {}): string =>
  stringify(rowsOf(statement), {
    header,
    columns: [...columns],
    record_delimiter: "windows",
    cast: { string: (text) => (isFormula(text) ? `'${text}` : text) },
  });
