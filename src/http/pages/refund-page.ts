import type { Db } from "../../database/index.ts";
import { DomainError } from "../../errors.ts";
import { formatUnits, registry } from "../../money/index.ts";
import { findOrder } from "../../orders/index.ts";
import { checkPayersAddress, confirmAddress, findRefundByLink, type Refund } from "../../refunds/index.ts";
import { coinOn, escape, pageOf, shortened, type Page, type ShownPage } from "./page.ts";

const amountOf = ({ asset: id, amount }: Refund): string => {
  const { decimals, symbol } = registry.get(id);
  return `${formatUnits(amount, decimals)} ${symbol}`;
};

const coinOf = ({ asset }: Refund): string => coinOn(registry.get(asset));

async function whatFor(db: Db, { order_id: id }: Refund): Promise<string> {
  const order = id === null ? null : await findOrder(db, id);
  return order === null ? "" : `<dt>For</dt><dd>${escape(order.description)}</dd>`;
}

const facts = async (db: Db, refund: Refund): Promise<string> =>
  `<dl><dt>You get back</dt><dd><strong>${escape(amountOf(refund))}</strong></dd>
<dt>Coin and network</dt><dd>${escape(coinOf(refund))}</dd>${await whatFor(db, refund)}</dl>`;

const form = async (
  db: Db,
  refund: Refund,
  { address, problem }: { readonly address: string; readonly problem: string | null },
): Promise<string> => `<p>Your money comes back. Enter an address of your own; you can do so once.</p>
${await facts(db, refund)}
${problem === null ? "" : `<p class="wrong" role="alert">${escape(problem)}</p>`}
<form method="post">
<label for="address">Your address for ${escape(coinOf(refund))}</label>
<input id="address" name="address" class="mono" required maxlength="200" autocomplete="off" autocapitalize="off" spellcheck="false" value="${escape(address)}">
<small>Copy it from your wallet: what is sent to a wrong address, or on another network, is lost. We never ask for a key or for secret words.</small>
<button>Check</button></form>`;

const confirmation = async (
  db: Db,
  refund: Refund,
  address: string,
): Promise<string> => `<p>Compare this with your wallet, every sign of it. It cannot be changed here afterwards.</p>
${await facts(db, refund)}<dl><dt>To</dt><dd class="mono">${escape(address)}</dd></dl>
<form method="post"><input type="hidden" name="address" value="${escape(address)}"><input type="hidden" name="confirmed" value="yes"><button>Yes, this is mine</button></form>
<p><a href="?">No, enter it again</a></p>`;

const gone = (): ShownPage => ({
  status: 404,
  html: pageOf(
    "This link is not good any more",
    "<p>It has expired, a newer one was made, or nobody waits for an address any more. Ask whoever sent it to you.</p>",
  ),
});

/** What becomes of it, for a payer who opens the link again. */
const done = async (db: Db, refund: Refund): Promise<ShownPage> => {
  const where = `<dt>To</dt><dd class="mono">${escape(shortened(refund.to_address ?? ""))}</dd>`;
  const hash =
    refund.transaction_hash === null
      ? ""
      : `<dt>Transaction</dt><dd class="mono">${escape(refund.transaction_hash)}</dd>`;
  const [title, words] =
    refund.status === "sent"
      ? ["Your money was sent", "It has reached the network for good."]
      : refund.status === "given_back"
        ? ["This refund was taken back", "Nothing was sent. Ask whoever sent you the link."]
        : [
            "It is saved",
            "It is checked once more and then sent. There is nothing more to do; come back here to see it.",
          ];
  return {
    status: 200,
    html: pageOf(title, `<p>${words}</p>${await facts(db, refund)}<dl>${where}${hash}</dl>`),
  };
};

const title = "Where should we send your refund?";

/**
 * Where a payer says where their refund goes: asked, checked by the rules of the network, shown again, and taken once they say that
 * it is theirs.
 */
export const refundPage: Page = {
  path: "/refund/:token",
  async open({ params: { token = "" } }, context) {
    const { db } = context;
    const found = await findRefundByLink(context, token);
    if (found === null || found.state === "gone") return gone();
    if (found.state === "used") return done(db, found.refund);
    return { status: 200, html: pageOf(title, await form(db, found.refund, { address: "", problem: null })) };
  },
  async submit({ params: { token = "" }, form: given }, context) {
    const { db } = context;
    const found = await findRefundByLink(context, token);
    if (found === null || found.state === "gone") return gone();
    if (found.state === "used") return "done";
    const address = (given.get("address") ?? "").trim().slice(0, 300);
    try {
      const normal = await checkPayersAddress(db, found.refund, address);
      if (given.get("confirmed") !== "yes")
        return { status: 200, html: pageOf("Is this right?", await confirmation(db, found.refund, normal)) };
      await confirmAddress(context, { token, address: normal });
      context.log.info({ refund_id: found.refund.id }, "a payer said where their refund goes");
      return "done";
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      if (error.code === "refund_link_not_open") return "done"; // somebody was first, or its time passed meanwhile
      // What is secret is not shown again either.
      const again = error.code === "secret_pasted" ? "" : address;
      return {
        status: 422,
        html: pageOf(title, await form(db, found.refund, { address: again, problem: error.message })),
      };
    }
  },
};
