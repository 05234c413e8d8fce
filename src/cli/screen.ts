/** What a line may hold: as wide as the terminal, or 100 columns where there is none. */
export const screenWidth = (): number => Math.max(40, process.stdout.columns ?? 100);

export const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Bigints as text, since JSON has no room for them. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => (typeof part === "bigint" ? part.toString() : part), 2);

const gap = 2;
const shortened = 13;
const narrowestText = 10;

/** What stands under these is never shortened: the next command needs it, or it says what its row is about. */
const whole = new Set(["id", "component"]);

/** A long id, hash or address by its ends: "0x7099…79c8". */
export function shorten(text: string, width = shortened): string {
  if (text.length <= width) return text;
  const head = Math.ceil((width - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (width - 1 - head))}`;
}

/** As much of a text as `width` columns hold; one letter at least. */
function headOf(text: string, width: number): string {
  const letters = [...text];
  let head = letters[0] ?? "";
  for (const letter of letters.slice(1)) {
    if (columnsOf(head + letter) > width) break;
    head += letter;
  }
  return head;
}

/** Words in lines of at most `width`; a word that is longer is broken. */
export function wrap(text: string, width: number): string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    let line = "";
    for (const word of paragraph.split(" ")) {
      if (line !== "" && columnsOf(line) + 1 + columnsOf(word) <= width) line += ` ${word}`;
      else {
        if (line !== "") lines.push(line);
        line = word;
      }
      while (columnsOf(line) > width) {
        const head = headOf(line, width);
        lines.push(head);
        line = line.slice(head.length);
      }
    }
    return [...lines, line];
  });
}

/** A hash or an address; an amount or an asset is never cut. */
const isName = (cell: string): boolean => /^[^\s:.]{17,}$/.test(cell);

/** How many columns a text takes: East Asian letters and pictures two, marks above a letter none. */
const wide =
  /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}/u;
const columnsOf = (text: string): number =>
  [...text].reduce((sum, letter) => sum + (/\p{M}/u.test(letter) ? 0 : wide.test(letter) ? 2 : 1), 0);
const pad = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - columnsOf(text)));
const total = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + width, gap * Math.max(0, widths.length - 1));

/**
 * Columns that fit the screen; the first row is the heading. Where they do not, long hashes and addresses are shortened in the
 * middle; then texts are wrapped; and if that is not enough, each row becomes lines of its own.
 */
export function table(given: readonly (readonly string[])[], width = screenWidth()): string {
  const rows = fits(given, width) ? given : withoutEmpty(given);
  const [heading = [], ...body] = rows;
  let cells = rows;
  const widths = heading.map((_, column) => widthOf(cells, column));
  const byWidth = (columns: number[]): number[] =>
    columns.toSorted((one, other) => (widths[other] ?? 0) - (widths[one] ?? 0));
  const names = heading.flatMap((name, column) =>
    !whole.has(name) && body.some((row) => isName(row[column] ?? "")) ? [column] : [],
  );
  for (const column of byWidth(names)) {
    if (total(widths) <= width) break;
    cells = cells.map((row) => row.map((cell, at) => (at === column && isName(cell) ? shorten(cell) : cell)));
    widths[column] = widthOf(cells, column);
  }
  const texts = heading.flatMap((name, column) =>
    !whole.has(name) && cells.some((row) => (row[column] ?? "").includes(" ")) ? [column] : [],
  );
  for (const column of byWidth(texts)) {
    const excess = total(widths) - width;
    if (excess <= 0) break;
    const prose = cells.slice(1).some((row) => (row[column] ?? "").includes(" "));
    const least = Math.max(prose ? narrowestText : 0, longestWord(cells, column));
    widths[column] = Math.min(widths[column] ?? 0, Math.max(least, (widths[column] ?? 0) - excess));
  }
  return total(widths) <= width ? inColumns(cells, widths) : inBlocks(heading, body, width);
}

const widthOf = (rows: readonly (readonly string[])[], column: number): number =>
  Math.max(...rows.map((row) => columnsOf(row[column] ?? "")));

const longestWord = (rows: readonly (readonly string[])[], column: number): number =>
  Math.max(...rows.flatMap((row) => (row[column] ?? "").split(/\s/).map(columnsOf)));

const fits = ([heading = [], ...body]: readonly (readonly string[])[], width: number): boolean =>
  total(heading.map((_, column) => widthOf([heading, ...body], column))) <= width;

/** Columns in which nothing stands take no room where there is little. */
function withoutEmpty([heading = [], ...body]: readonly (readonly string[])[]): string[][] {
  const kept = heading.map((_, column) => body.some((row) => !["", "–"].includes(row[column] ?? "")));
  return [heading, ...body].map((row) => row.filter((_, column) => kept[column]));
}

function inColumns(
  [heading = [], ...body]: readonly (readonly string[])[],
  widths: readonly number[],
): string {
  const draw = (row: readonly string[]): string[] => {
    const wrapped = widths.map((width, column) => wrap(row[column] ?? "", width));
    const height = Math.max(...wrapped.map((lines) => lines.length));
    return Array.from({ length: height }, (_, line) =>
      widths
        .map((width, column) => pad(wrapped[column]?.[line] ?? "", width))
        .join(" ".repeat(gap))
        .trimEnd(),
    );
  };
  const rule = widths.map((width) => "─".repeat(width)).join(" ".repeat(gap));
  return [...draw(heading), rule, ...body.flatMap(draw)].join("\n");
}

function inBlocks(heading: readonly string[], body: readonly (readonly string[])[], width: number): string {
  return body
    .map((row) =>
      facts(
        heading.flatMap((name, column) => pair(name, row[column])),
        width,
      ),
    )
    .join("\n\n");
}

const pair = (name: string, value = ""): [string, string][] => (value === "" ? [] : [[name, value]]);

/** One fact a line: its name, and what is to be said, wrapped beside it. */
export function facts(rows: readonly (readonly [string, string])[], width = screenWidth()): string {
  const first = Math.max(0, ...rows.map(([name]) => columnsOf(name)));
  return rows
    .flatMap(([name, value]) =>
      wrap(value, Math.max(narrowestText, width - first - gap)).map((line, index) =>
        `${pad(index === 0 ? name : "", first)}${" ".repeat(gap)}${line}`.trimEnd(),
      ),
    )
    .join("\n");
}
