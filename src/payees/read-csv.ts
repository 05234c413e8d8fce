import { DomainError } from "../errors.ts";

/** One record of a file: the line that it begins in, from 1, and its fields by the name of their column. */
export interface CsvRow {
  readonly line: number;
  readonly fields: Readonly<Record<string, string>>;
}

interface Line {
  readonly line: number;
  readonly cells: readonly string[];
}

const refuse = (line: number, what: string): DomainError =>
  new DomainError("invalid_csv", `Line ${line}: ${what} Correct the file and import it again.`);

/**
 * A file of comma-separated values (RFC 4180) whose first line names the columns; with semicolons where that line has them
 * and no comma, as spreadsheets write in some countries. Empty lines are passed over, spaces around values too.
 * @throws {DomainError} `invalid_csv`, with the line
 */
export function readCsv(text: string): {
  readonly columns: readonly string[];
  readonly rows: readonly CsvRow[];
} {
  const given = text.replace(/^\uFEFF/, "");
  const firstLine = given.slice(0, given.search(/\r|\n|$/));
  const separator = !firstLine.includes(",") && firstLine.includes(";") ? ";" : ",";
  const [header, ...records] = recordsOf(given, separator);
  if (header === undefined) throw refuse(1, "the file is empty.");
  const columns = header.cells.map((name) => name.toLowerCase());
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) throw refuse(header.line, `the column "${twice.slice(0, 40)}" is there twice.`);
  const rows = records.map(({ line, cells }) => {
    if (cells.length !== columns.length)
      throw refuse(
        line,
        `it has ${cells.length} fields, and the first line names ${columns.length} columns.`,
      );
    return { line, fields: Object.fromEntries(columns.map((name, index) => [name, cells[index]!])) };
  });
  return { columns, rows };
}

/** Records with their fields unquoted. */
function recordsOf(text: string, separator: string): Line[] {
  const records: Line[] = [];
  let cells: string[] = [];
  let line = 1;
  let begun = 1;
  let at = 0;
  const end = (): void => {
    if (cells.some((cell) => cell !== "")) records.push({ line: begun, cells });
    cells = [];
  };
  while (at <= text.length) {
    const field = fieldAt(text, at, { separator, line });
    cells.push(field.value.trim());
    line += field.value.match(/\r\n|\r|\n/g)?.length ?? 0;
    at = field.next + 1;
    if (text[field.next] === separator) continue;
    if (text.startsWith("\r\n", field.next)) at += 1;
    end();
    line += 1;
    begun = line;
  }
  return records;
}

/** The field that begins at `from`; `next` is the place of the separator or line break behind it, or the end. */
function fieldAt(
  text: string,
  from: number,
  { separator, line }: { separator: string; line: number },
): { readonly value: string; readonly next: number } {
  const ends = new RegExp(`[${separator}\\r\\n]|$`, "g");
  if (text[from] !== '"') {
    ends.lastIndex = from;
    const next = ends.exec(text)!.index;
    return { value: text.slice(from, next), next };
  }
  let value = "";
  let at = from + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) throw refuse(line, "a quoted field has no end.");
    value += text.slice(at, quote);
    if (text[quote + 1] !== '"') {
      ends.lastIndex = quote + 1;
      const next = ends.exec(text)!.index;
      if (text.slice(quote + 1, next).trim() !== "")
        throw refuse(line, "something stands behind a quoted field. Double the quotes that are part of it.");
      return { value, next };
    }
    value += '"';
    at = quote + 2;
  }
}
