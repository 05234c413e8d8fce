import { z } from "zod";
import { hearNotice, type BankingDeps } from "../../../banking/index.ts";
import { DomainError, ProviderError } from "../../../errors.ts";
import { currencyOf, parseBankAccount, registry, type Asset } from "../../../money/index.ts";
import type { BankAccount, BankProvider } from "../../../providers/bank-provider.ts";
import { defineRoute, defineWebhook, type Route, type WebhookRoute } from "../../route.ts";
import { assetId } from "../../schemas.ts";
import { outsideTimeoutMs } from "./payouts.ts";

type Banks = Pick<BankingDeps, "banks">;

/** @throws {DomainError} `asset_not_offered` */
function bankOf({ banks }: Banks, id: string): { bank: BankProvider; asset: Asset } {
  const asset = registry.get(id);
  const bank = [...banks.values()].find((one) => one.serves(asset));
  if (bank) return { bank, asset };
  throw new DomainError(
    "asset_not_offered",
    `${id} is paid to no bank here. Configure a provider that pays it.`,
  );
}

const banksRoute = (deps: Banks): Route =>
  defineRoute({
    method: "GET",
    path: "/v1/banks",
    operationId: "listBanks",
    scope: "payees:read",
    summary: "The banks that a currency is paid to, with the code that a destination begins with",
    query: z.object({ asset: assetId.describe("A currency: fiat:NGN") }),
    success: {
      status: 200,
      body: z.object({
        data: z.array(z.object({ code: z.string(), name: z.string() }).meta({ id: "Bank" })),
      }),
    },
    problems: ["unknown_asset", "asset_not_offered", "provider_unavailable"],
    async handle({ query }) {
      const { bank, asset } = bankOf(deps, query.asset);
      const found = await bank.banks(asset, AbortSignal.timeout(outsideTimeoutMs));
      return { data: found.map(({ code, name }) => ({ code, name })) };
    },
  });

/** An account that the provider refuses to look at is none to it. */
async function holderOf(bank: BankProvider, account: BankAccount): Promise<string | null> {
  try {
    return await bank.holderOf(account, AbortSignal.timeout(outsideTimeoutMs));
  } catch (error) {
    if (error instanceof ProviderError && error.reason === "invalid_request") return null;
    throw error;
  }
}

const holderRoute = (deps: Banks): Route =>
  defineRoute({
    method: "GET",
    path: "/v1/bank-accounts/:account",
    operationId: "getBankAccount",
    scope: "payees:read",
    summary: "Whose a bank account is, as its bank says: to be confirmed before a payee is paid there",
    params: z.object({
      account: z.string().min(3).max(80).describe("As a destination has it: 044:0690000031"),
    }),
    query: z.object({ asset: assetId.describe("A currency: fiat:NGN") }),
    success: {
      status: 200,
      body: z.object({ account: z.string(), holder: z.string() }).meta({ id: "BankAccount" }),
    },
    problems: ["unknown_asset", "asset_not_offered", "invalid_address", "not_found", "provider_unavailable"],
    async handle({ params, query }) {
      const { bank, asset } = bankOf(deps, query.asset);
      const account = parseBankAccount(asset.symbol, params.account);
      const tells = currencyOf(asset.id)?.tellsHolder === true;
      const holder = tells ? await holderOf(bank, account) : null;
      if (holder === null)
        throw new DomainError("not_found", "The bank knows no such account, or does not tell whose it is.");
      return { account: params.account, holder };
    },
  });

/** Where a payee's money can go, before it goes. */
export const bankRoutes = (deps: Banks): readonly Route[] => [banksRoute(deps), holderRoute(deps)];

/** A bank provider's notices: hints, after which we ask. */
export const bankWebhook = (deps: Pick<BankingDeps, "db" | "banks">, provider: string): WebhookRoute =>
  defineWebhook({
    path: `/webhooks/${provider}`,
    summary: `Notices of ${provider}`,
    problems: [
      "invalid_signature",
      "malformed_event",
      "too_many_failed_signatures",
      "payload_too_large",
      "unsupported_media_type",
    ],
    async handle({ raw, headers }) {
      await hearNotice(deps, provider, { raw, headers });
      return { received: true };
    },
  });
