import { formatUnits, registry, type Money } from "../money/index.ts";

/** What is told: a line, and lines below it. */
export interface Words {
  readonly title: string;
  readonly lines: readonly (string | null)[];
}

/** What may not come from a name into a header or a line of its own: line breaks, other control signs, turned writing, halves. */
const unprintable = /[\p{Cc}\p{Cf}\p{Surrogate}\u2028\u2029]+/gu;

const longestTitle = 150;
const longestLine = 500;
const longestBody = 3_600;

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/\p{Surrogate}$/u, "")}…`;
}

/** One line of text, whatever was in it. */
const oneLine = (text: string, most: number): string => cut(text.replace(unprintable, " ").trim(), most);

/** As every channel can carry it: a title of one line, and a body below 4,000 characters together with it. */
export function render({ title, lines }: Words): { readonly title: string; readonly body: string } {
  const body = lines.flatMap((line) => (line === null ? [] : [oneLine(line, longestLine)])).join("\n");
  return { title: oneLine(title, longestTitle), body: cut(body, longestBody) };
}

/** "24.26 USDT". An asset that is no longer listed is told in its base units: what is told never fails. */
export function amountOf({ asset, amount }: Money): string {
  const found = registry.find(asset);
  return found === null
    ? `${amount} base units of ${asset}`
    : `${formatUnits(amount, found.decimals)} ${found.symbol}`;
}

/** Where coins go, by the name that people know. */
export const placeOf = ({ asset, address }: { asset: string; address: string }): string =>
  `${address} on ${registry.find(asset)?.chain ?? asset}`;
