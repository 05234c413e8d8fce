import { createHash } from "node:crypto";
import type { Statement } from "../../statements/index.ts";
import { escape } from "./page.ts";

type Movement = Statement["assets"][number]["movements"][number];

const style = `
:root { color-scheme: light dark; --ink: #1c2733; --soft: #465465; --line: #d5dde6; --paper: #fff }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #a9b6c3; --line: #33414f; --paper: #131a21 } }
@media print { :root { --ink: #000; --soft: #333; --line: #999; --paper: #fff } main { padding: 0 } tr { break-inside: avoid } thead { display: table-header-group } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.45 system-ui, sans-serif }
main { max-width: 64rem; margin: 0 auto; padding: 32px 16px 48px }
h1 { font-size: 24px; line-height: 1.25; margin: 0 0 4px }
h2 { font-size: 17px; margin: 32px 0 8px }
p { margin: 0; color: var(--soft) }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; min-width: 44rem }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: 13px }
th, td { padding: 7px 12px 7px 0; border-bottom: 1px solid var(--line); vertical-align: top }
.amount { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.when { white-space: nowrap }
.sum td { font-weight: 600; border-bottom-width: 2px }
small { display: block; color: var(--soft); overflow-wrap: anywhere; font-size: 13px }
`;

const policy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`;

const words = (reason: string): string =>
  reason.replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase());
const minute = (at: string): string => `${at.slice(0, 16).replace("T", " ")} UTC`;
const money = (amount: { asset: string; amount: string }): string => `${amount.amount} ${amount.asset}`;

/** What stands below a movement's name, one fact a line. */
function factsOf({ about }: Movement): string[] {
  switch (about?.kind) {
    case "earning":
      return [
        `of ${money(about.settled)} settled, less ${money(about.platform_fee)} fee`,
        `payment ${about.payment_id}`,
        ...(about.usd === null ? [] : [`worth ${about.usd} USD then`]),
      ];
    case "conversion":
      return [
        ...(about.target === null
          ? [`with others: ${money(about.source)}, under way`]
          : [`with others: ${money(about.source)} for ${money(about.target)}, at ${about.rate}`]),
        ...about.delivery_hashes.map((hash) => `brought by ${hash}`),
        ...(about.usd === null ? [] : [`worth ${about.usd} USD when earned`]),
      ];
    case "payout":
      return [
        `${about.status}, ${money(about.amount)} to ${about.destination.address} as ${about.destination.asset}`,
        ...(about.delivered === null ? [] : [`received ${money(about.delivered)}, at ${about.rate}`]),
        ...(about.transaction_hash === null ? [] : [`by ${about.transaction_hash}`]),
        ...(about.usd === null ? [] : [`worth ${about.usd} USD then`]),
      ];
    case undefined:
      return [];
  }
}

const places = ["pending", "available", "held", "recoverable"] as const;
type Position = Pick<Movement, (typeof places)[number]>;

const amounts = (position: Position, isMovement: boolean): string =>
  places
    .map((place) => {
      const text = position[place];
      return `<td class="amount">${isMovement && text === "0" ? "" : escape(text)}</td>`;
    })
    .join("");

/** A day, and the minute below it. */
const when = (at: string): string =>
  `<td class="when">${at.slice(0, 10)}<small>${at.slice(11, 16)} UTC</small></td>`;

const row = (movement: Movement): string =>
  `<tr>${when(movement.at)}<td>${escape(words(movement.reason))}${factsOf(movement)
    .map((fact) => `<small>${escape(fact)}</small>`)
    .join("")}</td>${amounts(movement, true)}</tr>`;

const total = (name: string, at: string, position: Position): string =>
  `<tr class="sum">${when(at)}<td>${name}</td>${amounts(position, false)}</tr>`;

function section(
  statement: Statement,
  { asset, opening, movements, closing }: Statement["assets"][number],
): string {
  const heads = places.map((place) => `<th scope="col" class="amount">${words(place)}</th>`).join("");
  return `<h2 id="${escape(asset)}">${escape(asset)}</h2>
<div class="wide" tabindex="0" role="region" aria-labelledby="${escape(asset)}"><table>
<thead><tr><th scope="col">Booked</th><th scope="col">What</th>${heads}</tr></thead>
<tbody>${total("Opening balance", statement.from, opening)}
${movements.map(row).join("\n")}
${total("Closing balance", statement.to, closing)}</tbody></table></div>`;
}

/** A statement as a page that can be printed. It loads nothing and runs no script. */
export const statementPage = (statement: Statement): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="${escape(policy)}"><meta name="robots" content="noindex">
<title>Statement of ${escape(statement.payee_name)}</title><style>${style}</style></head><body><main>
<h1>Statement of ${escape(statement.payee_name)}</h1>
<p>Booked after ${minute(statement.from)} until ${minute(statement.to)} · ${escape(statement.payee_id)}</p>
${statement.assets.length === 0 ? "<p>Nothing was booked, and nothing is owed.</p>" : statement.assets.map((one) => section(statement, one)).join("\n")}
</main></body></html>`;
