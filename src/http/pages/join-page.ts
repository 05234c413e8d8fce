import { DomainError } from "../../errors.ts";
import { readBy } from "../../input-problems.ts";
import { registry, type Asset } from "../../money/index.ts";
import { contactSchema, type Contact } from "../../notifications/index.ts";
import {
  acceptInvitation,
  checkDestination,
  findInvitation,
  findPayee,
  stateOf,
  type Invitation,
  type Payee,
} from "../../payees/index.ts";
import {
  chainTitle,
  coinOn,
  escape,
  pageOf,
  shortened,
  type Page,
  type PageContext,
  type ShownPage,
} from "./page.ts";

/** What somebody entered, as they entered it. */
interface Entered {
  readonly asset: string;
  readonly address: string;
  readonly email: string;
}

type Offered = () => Promise<readonly Asset[]>;

function form(
  invitation: Invitation,
  offered: readonly Asset[],
  entered: Entered,
  problem: string | null,
): string {
  const chains = [...new Set(offered.map(({ chain }) => chain))];
  const options = chains.map((chain) => {
    const own = offered
      .filter((asset) => asset.chain === chain)
      .map(
        (asset) =>
          `<option value="${escape(asset.id)}"${asset.id === entered.asset ? " selected" : ""}>${escape(coinOn(asset))}</option>`,
      );
    return `<optgroup label="${escape(chainTitle(chain))}">${own.join("")}</optgroup>`;
  });
  return `<p>This is for <strong>${escape(invitation.name)}</strong>. Enter where you want your money; you can do so once.</p>
${problem === null ? "" : `<p class="wrong" role="alert">${escape(problem)}</p>`}
<form method="post">
<label for="asset">Coin and network</label>
<select id="asset" name="asset" required><option value="">Choose</option>${options.join("")}</select>
<small>The same coin on another network is another address. Choose the one that your wallet shows.</small>
<label for="address">Your address</label>
<input id="address" name="address" class="mono" required maxlength="200" autocomplete="off" autocapitalize="off" spellcheck="false" value="${escape(entered.address)}">
<small>Copy it from your wallet: what is sent to a wrong address is lost.</small>
<label for="email">E-mail, if you want to be told</label>
<input id="email" name="email" type="email" maxlength="254" autocomplete="email" value="${escape(entered.email)}">
<button>Check</button></form>`;
}

function confirmation(destination: Payee["destination"], entered: Entered): string {
  const hidden = Object.entries({ ...entered, address: destination.address, confirmed: "yes" }).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${escape(value)}">`,
  );
  return `<p>Compare this with your wallet, every sign of it. It cannot be changed here afterwards.</p>
<dl><dt>Coin and network</dt><dd>${escape(coinOn(registry.get(destination.asset)))}</dd>
<dt>Address</dt><dd class="mono">${escape(destination.address)}</dd>
${entered.email === "" ? "" : `<dt>E-mail</dt><dd>${escape(entered.email)}</dd>`}</dl>
<form method="post">${hidden.join("")}<button>Yes, this is mine</button></form>
<p><a href="?">No, enter it again</a></p>`;
}

const gone = (): ShownPage => ({
  status: 404,
  html: pageOf(
    "This link is not good any more",
    "<p>It has expired, or a newer one was made. Ask whoever sent it to you for a new one.</p>",
  ),
});

async function done({ db }: PageContext, payeeId: string | null): Promise<ShownPage> {
  const payee = payeeId === null ? null : await findPayee(db, payeeId);
  if (payee === null) return gone();
  const { asset, address } = payee.destination;
  const where = `${escape(coinOn(registry.get(asset)))}, to <span class="mono">${escape(shortened(address))}</span>`;
  return {
    status: 200,
    html: pageOf(
      "It is saved",
      `<p>You are paid in ${where}. There is nothing more to do, and this link can be used no more.</p>`,
    ),
  };
}

/** @throws {DomainError} `invalid_row` */
function contactOf(email: string): Contact | null {
  if (email === "") return null;
  const read = readBy(contactSchema, { channel: "email", address: email }, "value");
  if ("value" in read) return read.value as Contact;
  throw new DomainError(
    "invalid_row",
    "The e-mail address must be one address, such as dora@example.org. Or leave it empty.",
  );
}

/**
 * Where somebody who was invited enters where they are paid: asked, checked by the rules of the network, shown again, and
 * saved once they say that it is theirs. @param offered what payees can be paid in now
 */
export const joinPage = (offered: Offered): Page => ({
  path: "/join/:token",
  async open({ params: { token = "" } }, context) {
    const invitation = await findInvitation(context.db, token);
    if (invitation === null) return gone();
    const state = stateOf(invitation, context.clock.now());
    if (state === "used") return done(context, invitation.payee_id);
    if (state !== "open") return gone();
    const nothing = { asset: "", address: "", email: "" };
    return {
      status: 200,
      html: pageOf("Where should we pay you?", form(invitation, await offered(), nothing, null)),
    };
  },
  async submit({ params: { token = "" }, form: given }, context) {
    const invitation = await findInvitation(context.db, token);
    if (invitation === null) return gone();
    const state = stateOf(invitation, context.clock.now());
    if (state === "used") return "done";
    if (state !== "open") return gone();
    const field = (name: string): string => (given.get(name) ?? "").trim().slice(0, 300);
    const entered = { asset: field("asset"), address: field("address"), email: field("email") };
    const assets = await offered();
    try {
      if (!assets.some(({ id }) => id === entered.asset))
        throw new DomainError("unknown_asset", "Choose the coin and its network.");
      const contact = contactOf(entered.email);
      const wanted = { asset: entered.asset, address: entered.address, memo: null };
      const destination = await checkDestination({ db: context.db, registry }, wanted);
      if (field("confirmed") !== "yes")
        return { status: 200, html: pageOf("Is this right?", confirmation(destination, entered)) };
      const payee = await acceptInvitation({ ...context, registry }, { token, destination, contact });
      context.log.info(
        { payee_id: payee.id, invitation_id: invitation.id },
        "a payee entered their destination",
      );
      return "done";
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      if (error.code === "invitation_not_open") return "done"; // somebody was first, or its time passed meanwhile
      // A key is not sent back either: pages are kept by browsers.
      const again = error.code === "secret_pasted" ? { ...entered, address: "" } : entered;
      return {
        status: 422,
        html: pageOf("Where should we pay you?", form(invitation, assets, again, error.message)),
      };
    }
  },
});
