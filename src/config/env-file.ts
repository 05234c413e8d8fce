import { parseEnv } from "node:util";
import { DomainError } from "../errors.ts";
import { configTable, variables } from "./variables.ts";

const head =
  "# Every variable there is. A line that is commented out shows the default; the others have none and must be set.\n";

function lines({ name, default: fallback, meaning, needed }: (typeof configTable)[number]): string {
  const mustBeSet = fallback === undefined || needed !== null;
  return `\n# ${meaning}\n${mustBeSet ? "" : "#"}${name}=${fallback ?? ""}\n`;
}

/** .env.example, and what a new .env begins as. */
export const renderEnvExample = (): string => head + configTable.map(lines).join("");

/** What an environment file sets; empty values are left out, as they mean nothing. */
export const readEnvText = (text: string): Map<string, string> =>
  new Map(
    Object.entries(parseEnv(text)).flatMap(([name, value]): [string, string][] =>
      value === undefined || value.trim() === "" ? [] : [[name, value.trim()]],
    ),
  );

/**
 * The same text with these variables set: each where it stands, or where it is commented out, or at the end. All else stays.
 * @param values trimmed; an empty one unsets.
 * @throws {DomainError} `invalid_answer`: a value that no such file can hold, named without it.
 */
export function setInEnvText(text: string, values: ReadonlyMap<string, string>): string {
  const rows = text.replace(/\n+$/, "").split("\n");
  for (const [name, value] of values) {
    const row = `${name}=${quoted(value)}`;
    const isSet = rows.findLastIndex((line) => new RegExp(`^\\s*(export\\s+)?${name}\\s*=`).test(line));
    const at = isSet >= 0 ? isSet : rows.findLastIndex((line) => new RegExp(`^\\s*#\\s*${name}=`).test(line));
    if (at >= 0) rows[at] = row;
    else
      rows.push("", ...configTable.filter((one) => one.name === name).map((one) => `# ${one.meaning}`), row);
  }
  const made = `${rows.join("\n")}\n`;
  const held = readEnvText(made);
  for (const [name, value] of new Map([...readEnvText(text), ...values]))
    if ((held.get(name) ?? "") !== value)
      throw new DomainError(
        "invalid_answer",
        `${name} cannot be written into .env as it is: it has line breaks, or quotes of every kind. Choose another value.`,
      );
  return made;
}

/** Bare where nothing in it means something to a reader of such files, else in quotes that it does not contain. */
function quoted(value: string): string {
  if (/^[\w.:/@%+,=?&*~-]*$/.test(value)) return value;
  const quote = ["'", '"', "`"].find((one) => !value.includes(one)) ?? '"';
  return `${quote}${value}${quote}`;
}

/**
 * What would be right in a variable's place, as the end of a sentence that begins with its name; `null`: the value is right.
 * Never contains the value.
 */
export function expectedInstead(name: string, value: string): string | null {
  const variable = variables.find((one) => one.name === name);
  if (variable === undefined) return "is no variable of ours";
  return variable.schema.safeParse(value.trim()).success ? null : variable.expected;
}
