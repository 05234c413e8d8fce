import { z } from "zod";
import { currencyOf } from "../../money/index.ts";
import type { BankProvider } from "../bank-provider.ts";
import type { FlutterwaveClient } from "./client.ts";
import { codeOf, get, orNull, post, requireSame } from "./request.ts";

const banksSchema = z.array(
  z.object({ id: z.string().min(1), code: z.string().min(1).max(50), name: z.string().max(200) }),
);
const branchesSchema = z.array(
  z.object({ branch_code: z.string().min(1).max(50), branch_name: z.string().max(200) }),
);
const holderSchema = z.object({ account_number: z.string(), account_name: z.string().min(1).max(300) });

/** Where money can go. */
export const accountsOf = (
  client: FlutterwaveClient,
): Pick<BankProvider, "banks" | "branches" | "holderOf"> => ({
  async banks(asset, signal) {
    const country = currencyOf(codeOf(asset))?.country ?? "";
    const { data } = await client.ask(get("banks", `/banks/${country}`), banksSchema, signal);
    return data.map(({ id: externalId, code, name }) => ({ code, name, externalId }));
  },
  async branches({ externalId }, signal) {
    const request = get("branches", `/banks/${encodeURIComponent(externalId)}/branches`);
    const { data } = await client.ask(request, branchesSchema, signal);
    return data.map(({ branch_code: code, branch_name: name }) => ({ code, name }));
  },
  holderOf: ({ bankCode, accountNumber }, signal) =>
    orNull("account_unknown", async () => {
      const body = { account_number: accountNumber, account_bank: bankCode };
      const request = { ...post("holder_of", "/accounts/resolve", body), changesNothing: true };
      const { data } = await client.ask(request, holderSchema, signal);
      requireSame(request, { account_number: [data.account_number, accountNumber] });
      return data.account_name;
    }),
});
