import { escape, layout } from "../checkout-page.ts";
import type { HostedLink } from "./types.ts";
import { toText } from "./wire.ts";

/** What a hosted link leads to: what is asked, and a button that plays the customer. */
export const payPage = (link: HostedLink, isPaid: boolean): string =>
  layout(
    "Payment",
    `<div class="card">
<h1>${escape(`${toText(link.amount)} ${link.currency}`)}</h1>
<p class="dim">${escape(link.email)}</p>
${isPaid ? '<p role="status">Paid.</p>' : ""}<form method="post"><button type="submit">${isPaid ? "Back to the shop" : "Pay by card"}</button></form>
</div>`,
  );
