import { z } from "zod";
import {
  checkConversions,
  findConversion,
  latestChecks,
  listConversions,
  type CheckResult,
  type Conversion,
  type ConversionDeps,
} from "../../../conversions/index.ts";
import { sharesOf } from "../../../earnings/index.ts";
import { DomainError } from "../../../errors.ts";
import { explainConversions } from "../../../explain/index.ts";
import { formatUsd, registry } from "../../../money/index.ts";
import { explainedSwapView } from "../../explanation-views.ts";
import { filterSchemas, listRoute } from "../../list-route.ts";
import { defineRoute, type Route } from "../../route.ts";
import { moneyView, presentMoney, presentTime, timestampView, usdView } from "../../schemas.ts";

const conversionStatuses = ["claimed", "swapping", "distributed", "released"] as const;

export const conversionView = z
  .object({
    id: z.uuid(),
    source: moneyView,
    target_asset: z.string(),
    target: moneyView.nullable().describe("What really arrived; null: nothing yet"),
    weights: z.enum(["source_amount", "usd_value"]),
    status: z.enum(conversionStatuses),
    trigger: z.string().describe("Why it began"),
    settings_version: z.int().describe("Version of conversion_trigger that it follows"),
    created_at: timestampView,
    distributed_at: timestampView.nullable().describe("null: not distributed"),
  })
  .meta({
    id: "Conversion",
    description: "A small batch of earnings of one asset turned into the settlement asset",
  });

export const presentConversion = (conversion: Conversion): z.output<typeof conversionView> => ({
  id: conversion.id,
  source: presentMoney({ asset: conversion.source_asset, amount: conversion.source_amount }),
  target_asset: conversion.target_asset,
  target:
    conversion.target_amount === null
      ? null
      : presentMoney({ asset: conversion.target_asset, amount: conversion.target_amount }),
  weights: conversion.weights,
  status: conversion.status,
  trigger: conversion.trigger_reason,
  settings_version: conversion.settings_version,
  created_at: presentTime(conversion.created_at),
  distributed_at: conversion.distributed_at === null ? null : presentTime(conversion.distributed_at),
});

const list = listRoute({
  path: "/v1/conversions",
  operationId: "listConversions",
  scope: "conversions:read",
  summary: "List conversions, newest first",
  filters: {
    status: z.enum(conversionStatuses).optional(),
    asset: filterSchemas.asset.describe("What was converted"),
    ...filterSchemas.created,
  },
  key: z.uuid(),
  item: conversionView,
  read: listConversions,
  keyOf: ({ id }: Conversion) => id,
  present: presentConversion,
});

const shareView = z
  .object({
    payee_id: z.uuid(),
    source: moneyView,
    target: moneyView.nullable().describe("null: not distributed yet"),
    earnings: z.int().describe("How many of the payee's are in it"),
  })
  .meta({ id: "ConversionShare", description: "One payee's part of a conversion" });

const conversionWithSharesView = conversionView
  .extend({
    shares: z.array(shareView),
    rate: z
      .string()
      .nullable()
      .describe("Whole target coins for one whole source coin; null: nothing arrived yet"),
    swaps: z.array(explainedSwapView),
  })
  .meta({ id: "ConversionWithShares", description: "A conversion, everybody's part of it, and its swaps" });

const getRoute = defineRoute({
  method: "GET",
  path: "/v1/conversions/:id",
  operationId: "getConversion",
  scope: "conversions:read",
  summary: "Read a conversion with its shares, rate and swaps",
  params: z.object({ id: z.uuid() }),
  success: {
    status: 200,
    body: conversionWithSharesView,
  },
  problems: ["not_found"],
  async handle({ params: { id } }, { db }) {
    const conversion = await findConversion(db, id);
    const [explained] = conversion ? await explainConversions(db, registry, [id]) : [];
    if (!conversion || !explained) throw new DomainError("not_found", `There is no conversion ${id}.`);
    const shares = (await sharesOf(db, id)).map((share) => ({
      payee_id: share.payee_id,
      source: presentMoney({ asset: conversion.source_asset, amount: share.source_amount }),
      target:
        share.target_amount === null
          ? null
          : presentMoney({ asset: conversion.target_asset, amount: share.target_amount }),
      earnings: share.earnings,
    }));
    return {
      ...presentConversion(conversion),
      shares,
      rate: explained.rate,
      swaps: explained.swaps,
    };
  },
});

const checkView = z
  .object({
    pending: moneyView,
    pending_usd: usdView.nullable().describe("null: there was no price"),
    decision: z.enum(["converted", "waiting"]),
    reason: z.string(),
    conversion_id: z.uuid().nullable().describe("The conversion that began; null: none"),
  })
  .meta({ id: "ConversionCheck", description: "Why an asset was, or was not, converted" });

export const presentCheck = (check: CheckResult): z.output<typeof checkView> => ({
  pending: presentMoney({ asset: check.asset, amount: check.pendingAmount }),
  pending_usd: check.pendingUsdMicros === null ? null : formatUsd(check.pendingUsdMicros),
  decision: check.decision,
  reason: check.reason,
  conversion_id: check.conversionId,
});

const pastCheckView = checkView
  .extend({ checked_at: timestampView })
  .meta({ id: "PastConversionCheck", description: "The latest check of an asset" });

const latestRoute = defineRoute({
  method: "GET",
  path: "/v1/conversion-checks",
  operationId: "listConversionChecks",
  scope: "conversions:read",
  summary: "Why each asset was or was not converted when last checked",
  success: {
    status: 200,
    body: z.object({ data: z.array(pastCheckView) }),
  },
  problems: [],
  handle: async (_request, { db }) => ({
    data: (await latestChecks(db)).map((check) => ({
      pending: presentMoney({ asset: check.asset, amount: check.pending_amount }),
      pending_usd: check.pending_usd_micros === null ? null : formatUsd(check.pending_usd_micros),
      decision: check.decision,
      reason: check.reason,
      conversion_id: check.conversion_id,
      checked_at: presentTime(check.checked_at),
    })),
  }),
});

const checkTimeoutMs = 25_000;

const checkRoute = (deps: ConversionDeps): Route =>
  defineRoute({
    method: "POST",
    path: "/v1/conversion-checks",
    operationId: "checkConversions",
    scope: "conversions:write",
    summary: "Check the conversion trigger now",
    body: z
      .strictObject({
        force: z
          .boolean()
          .default(false)
          .describe("Convert whatever the provider's minimum allows, below the trigger too"),
      })
      .meta({ id: "CheckConversions" })
      .prefault({}),
    success: { status: 200, body: z.object({ data: z.array(checkView) }) },
    problems: ["provider_unavailable"],
    async handle({ body: { force } }) {
      const results = await checkConversions(deps, AbortSignal.timeout(checkTimeoutMs), force);
      return { data: results.map(presentCheck) };
    },
  });

/** They need nothing but the database. */
export const conversionReads: readonly Route[] = [list, getRoute, latestRoute];

export const conversionRoutes = (deps: ConversionDeps): readonly Route[] => [
  ...conversionReads,
  checkRoute(deps),
];
