import { stringify } from "lossless-json";
import { z } from "zod";
import type { BankProvider, Charge } from "../bank-provider.ts";
import { outcomeOf } from "../submission.ts";
import type { FlutterwaveClient } from "./client.ts";
import { codeOf, get, numberOf, orNull, post, requireSame } from "./request.ts";
import { chargeSchema, nextPageOf, toCharge } from "./wire.ts";

const linkSchema = z.object({ link: z.url({ protocol: /^https?$/ }) });

/** Money of payers that comes into the float. */
export const paymentsOf = (
  client: FlutterwaveClient,
): Pick<BankProvider, "createPayment" | "chargesOf" | "fetchCharge"> => ({
  async createPayment(wanted, signal) {
    const request = post("create_payment", "/payments", {
      tx_ref: wanted.reference,
      amount: numberOf(wanted),
      currency: codeOf(wanted.asset),
      redirect_url: wanted.returnUrl,
      customer: { email: wanted.email },
      customizations: { title: wanted.title },
    });
    return outcomeOf(async () => {
      const { data, raw } = await client.ask(request, linkSchema, signal);
      return { value: { checkoutUrl: data.link }, raw };
    });
  },
  async chargesOf(reference, signal) {
    const charges: Charge[] = [];
    for (let page: number | null = 1; page !== null;) {
      const request = get("charges_of", "/transactions", { tx_ref: reference, page: String(page) });
      const { data, meta } = await client.ask(request, z.array(chargeSchema), signal);
      for (const wire of data)
        if (wire.tx_ref === reference) charges.push(toCharge(wire, stringify(wire) ?? ""));
      page = nextPageOf(meta, page, data.length);
    }
    return charges;
  },
  fetchCharge: (externalId, signal) =>
    orNull("not_found", async () => {
      const request = get("fetch_charge", `/transactions/${encodeURIComponent(externalId)}/verify`);
      const { data, raw } = await client.ask(request, chargeSchema, signal);
      requireSame(request, { id: [data.id, externalId] });
      return toCharge(data, raw);
    }),
});
