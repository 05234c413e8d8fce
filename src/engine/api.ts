import {
  apiKeyRoutes,
  operatorRoutes,
  arrivalRoutes,
  assetRoute,
  bankRoutes,
  bankWebhook,
  byHandRoute,
  conversionRoutes,
  depositRoutes,
  destinationRoutes,
  importRoute,
  invitationRoutes,
  joinPage,
  orderRoutes,
  authorisationRoutes,
  pauseRoutes,
  ownRoutes,
  payeeRoutes,
  statementRoute,
  paymentRoutes,
  outsideRoutes,
  payoutRoutes,
  previewRoutes,
  processorWebhook,
  reconciliationRoutes,
  refundPage,
  refundRoutes,
  reviewRoutes,
  searchRoute,
  settingRoutes,
  verifyRoutes,
  walletRoutes,
  withdrawalRoutes,
  type ServerDeps,
} from "../http/index.ts";
import { readSettlementAsset } from "../conversions/index.ts";
import { createIntake } from "../intake/index.ts";
import { fiatChain, registry, type Asset } from "../money/index.ts";
import { payableIn } from "../payouts/index.ts";
import type { Assembly } from "./assemble.ts";
import { settings } from "./settings.ts";

/** Everything the HTTP API offers. Nothing is asked for here: openapi.json is made of it without a database. */
export function apiOf(parts: Assembly): Pick<ServerDeps, "routes" | "webhooks" | "pages"> {
  const intake = createIntake({ db: parts.db, clock: parts.clock, processors: parts.processors });
  return {
    routes: [
      ...payeeRoutes,
      ...destinationRoutes(parts.destinations),
      ...ownRoutes,
      statementRoute,
      importRoute,
      ...invitationRoutes(parts.config),
      ...orderRoutes(parts.orders),
      ...paymentRoutes,
      ...verifyRoutes(parts.deposits),
      ...depositRoutes,
      ...refundRoutes(parts, parts.config),
      ...conversionRoutes(parts.conversions),
      byHandRoute({ ...parts.conversions, depositChains: parts.depositChains }),
      ...payoutRoutes(parts.payouts),
      ...previewRoutes(parts.payouts),
      ...bankRoutes(parts),
      ...outsideRoutes(parts.payouts),
      ...withdrawalRoutes(parts.payouts),
      ...authorisationRoutes(parts),
      ...pauseRoutes,
      ...reconciliationRoutes(parts),
      ...reviewRoutes(parts),
      ...walletRoutes(parts.chains),
      ...arrivalRoutes(parts),
      searchRoute,
      assetRoute(parts.orders, parts.payouts),
      ...settingRoutes(settings),
      ...operatorRoutes,
      ...apiKeyRoutes,
    ],
    pages: [joinPage(() => offeredToPayees(parts)), refundPage],
    webhooks: [
      ...[...parts.processors.keys()].map((name) => processorWebhook(intake, name)),
      ...[...parts.banks.keys()].map((name) => bankWebhook(parts, name)),
    ],
  };
}

/** What a payee can be paid in now. */
async function offeredToPayees({ db, payouts }: Pick<Assembly, "db" | "payouts">): Promise<readonly Asset[]> {
  const payable = await payableIn(payouts, registry.get(await readSettlementAsset(db)));
  // The page asks for an address alone; a bank account is entered by an operator, with its holder's name.
  return registry.all.filter((asset) => asset.chain !== fiatChain && payable(asset).route !== null);
}
