/** What a customer sees of an invoice. All texts as they are: the page escapes them. */
export interface CheckoutView {
  readonly price: string;
  readonly description: string | null;
  /** Where the shop wants its customer afterwards. */
  readonly back: string | null;
  /** What may be paid with now; empty: somebody is paying, or paid. */
  readonly coins: readonly { readonly ticker: string; readonly label: string; readonly amount: string }[];
  readonly payment: {
    readonly status: string;
    /** Nothing more comes by itself. */
    readonly ended: boolean;
    readonly amount: string;
    readonly address: string;
  } | null;
}

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
export const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => escapes[sign] ?? sign);

const style = `
:root{color-scheme:light dark;--ink:#16202a;--dim:#5b6875;--line:#d9dfe5;--page:#f4f6f8;--card:#fff;--accent:#0b6e5f;--on:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e8edf2;--dim:#9aa7b4;--line:#33404c;--page:#10161c;--card:#19222b;--accent:#4fc3ae;--on:#08201b}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:26rem;margin:0 auto;padding:1.5rem 1rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1.25rem}
h1{font-size:2rem;line-height:1.2;margin:0}
p{margin:.25rem 0 1rem}
.dim{color:var(--dim);font-size:.875rem}
label{display:block;font-weight:600;margin-bottom:.375rem}
select,button{width:100%;min-height:48px;font:inherit;border-radius:8px;padding:0 .75rem}
select{border:1px solid var(--line);background:var(--card);color:var(--ink)}
button{margin-top:1rem;border:0;background:var(--accent);color:var(--on);font-weight:600;cursor:pointer}
select:focus-visible,button:focus-visible,a:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
ol{list-style:none;margin:0 0 1rem;padding:0}
li{padding:.375rem 0;color:var(--dim)}
li::before{content:"○";display:inline-block;width:1.5rem}
li.done{color:var(--ink)}
li.done::before{content:"●";color:var(--accent)}
li[aria-current]{font-weight:600}
code{overflow-wrap:anywhere;font-size:.875rem}
a{color:var(--accent)}`;

export const layout = (title: string, body: string, refresh = false): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
${refresh ? '<meta http-equiv="refresh" content="1">\n' : ""}<title>${escape(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${body}
<p class="dim" style="margin-top:1rem">A sandbox: nothing of value moves, and the button plays the customer.</p>
</main>
</body>
</html>
`;

export const pageHeaders = {
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
  "cache-control": "no-store",
};

/** A page that says one thing. */
export const messagePage = (text: string): string =>
  layout("Checkout", `<div class="card"><p style="margin:0">${escape(text)}</p></div>`);

/** The statuses of a payment that goes well, in the customer's words. */
const steps = [
  ["waiting", "Waiting for the coins"],
  ["confirming", "Seen, waiting for confirmations"],
  ["confirmed", "Confirmed"],
  ["sending", "On its way to the shop"],
  ["finished", "Paid"],
] as const;

const ends: Readonly<Record<string, string>> = {
  partially_paid: "Only a part of the price arrived. What lacks can be paid with another payment.",
  expired: "The time to pay ran out.",
  refunded: "The coins were sent back.",
};

/** The page of an invoice: what it costs and a choice of coins, or how far its payment is. It reloads itself until that ended. */
export function checkoutPage({ price, description, back, coins, payment }: CheckoutView): string {
  const body = [
    '<div class="card">',
    `<h1>${escape(price)}</h1>`,
    `<p class="dim">${escape(description ?? "To pay")}</p>`,
    ...(payment === null ? [] : [progress(payment)]),
    ...(coins.length > 0 ? [form(coins)] : []),
    ...(coins.length === 0 && payment === null ? ["<p>No coin is offered for so small an amount.</p>"] : []),
    ...(payment?.status === "finished" && back !== null && /^https?:\/\//.test(back)
      ? [`<p style="margin:0"><a href="${escape(back)}">Back to the shop</a></p>`]
      : []),
    "</div>",
  ];
  return layout(`${price} · Checkout`, body.join("\n"), payment !== null && !payment.ended);
}

const form = (coins: CheckoutView["coins"]): string => `<form method="post">
<label for="coin">Pay with</label>
<select id="coin" name="coin">
${coins.map(({ ticker, label, amount }) => `<option value="${escape(ticker)}">${escape(`${amount} ${label}`)}</option>`).join("\n")}
</select>
<button type="submit">Pay</button>
</form>`;

function progress({ status, amount, address }: NonNullable<CheckoutView["payment"]>): string {
  const reached = steps.findIndex(([name]) => name === status);
  const told =
    reached < 0
      ? `<p role="status">${escape(ends[status] ?? `This payment ended as ${status}.`)}</p>`
      : `<ol role="status">\n${steps
          .map(([, words], index) => {
            const done = index <= reached ? ' class="done"' : "";
            return `<li${done}${index === reached ? ' aria-current="step"' : ""}>${words}</li>`;
          })
          .join("\n")}\n</ol>`;
  return `${told}\n<p class="dim">${escape(amount)}, to<br><code>${escape(address)}</code></p>`;
}
