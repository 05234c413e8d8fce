import { formatUnits } from "../src/money/index.ts";
import { checkoutPage, messagePage, pageHeaders as headers, type CheckoutView } from "./checkout-page.ts";
import { coins, type Coin } from "./coins.ts";
import type { NowpaymentsStore } from "./nowpayments-store.ts";
import type { Invoice, Payment } from "./nowpayments-wire.ts";
import { wireDecimals } from "./wire-amount.ts";
import type { PageRequest, WireAnswer } from "./wire-server.ts";

/** Where the page of an invoice is, from the `Host` that asked for the invoice. */
export const checkoutUrl = (host: string | undefined, invoiceId: number): string =>
  `http://${host ?? "127.0.0.1"}/payment/?iid=${invoiceId}`;

/** After these, a customer may try once more. */
const inVain = new Set(["expired", "failed", "refunded", "cancelled", "canceled", "partially_paid"]);

const page = (status: number, body: string): WireAnswer => ({ status, body, headers });

/**
 * The page that an invoice's `invoice_url` leads to: a person chooses a coin and pays, as the sandbox's customer would.
 * An invoice that somebody is paying is not paid a second time, however often the button is pressed.
 */
export function createCheckout(world: {
  readonly store: NowpaymentsStore;
  pay(of: { invoiceId: number; payCurrency: string }): unknown;
}): (request: PageRequest) => WireAnswer {
  const { store } = world;

  const priceIn = (coin: Coin, invoice: Invoice): bigint =>
    store.priceIn(coin, invoice.price, invoice.priceCurrency);
  const offered = (invoice: Invoice): Coin[] =>
    coins.filter(
      (coin) =>
        coin.processorTicker !== null &&
        (invoice.payCurrency === null || coin.processorTicker === invoice.payCurrency) &&
        priceIn(coin, invoice) >= store.minimum(coin),
    );
  const newestOf = (invoice: Invoice): Payment | undefined =>
    [...store.payments.values()].filter(({ invoiceId }) => invoiceId === invoice.id).at(-1);

  function view(invoice: Invoice): CheckoutView {
    const payment = newestOf(invoice);
    const again = payment === undefined || inVain.has(payment.status);
    return {
      price: `${formatUnits(invoice.price, wireDecimals)} ${invoice.priceCurrency.toUpperCase()}`,
      description: invoice.description,
      back: invoice.successUrl,
      coins: again
        ? offered(invoice).map((coin) => ({
            ticker: coin.processorTicker ?? "",
            label: nameOf(coin),
            amount: formatUnits(priceIn(coin, invoice), wireDecimals),
          }))
        : [],
      payment:
        payment === undefined
          ? null
          : {
              status: payment.status,
              ended: again || payment.status === "finished",
              amount: `${formatUnits(payment.payAmount, wireDecimals)} ${nameOf(payment.coin)}`,
              address: payment.payAddress,
            },
    };
  }

  return ({ method, path, query, form }) => {
    if (path !== "/payment/" && path !== "/payment") return page(404, messagePage("There is no such page."));
    if (method !== "GET" && method !== "POST")
      return page(405, messagePage("This page is read, or paid on."));
    const id = query.get("iid") ?? "";
    const invoice = /^\d{1,15}$/.test(id) ? store.invoices.get(parseInt(id, 10)) : undefined;
    if (!invoice)
      return page(
        404,
        messagePage("There is no such invoice. A sandbox that was started anew forgot those before."),
      );
    const { coins: choice } = view(invoice);
    if (method === "GET") return page(200, checkoutPage(view(invoice)));
    const payCurrency = form.get("coin") ?? "";
    if (choice.length > 0 && !choice.some(({ ticker }) => ticker === payCurrency))
      return page(400, messagePage("This coin cannot be paid with. Go back and choose another one."));
    if (choice.length > 0) world.pay({ invoiceId: invoice.id, payCurrency });
    // Read again by GET, so that reloading the page pays nothing.
    return { status: 303, body: "", headers: { ...headers, location: `/payment/?iid=${invoice.id}` } };
  };
}

const nameOf = ({ name, chain }: Coin): string => `${name} on ${chain.replaceAll("-", " ")}`;
