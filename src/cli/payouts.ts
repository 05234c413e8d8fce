import { Command } from "commander";
import { getSetting } from "../operators/index.ts";
import { planPayouts, requestPayout } from "../payouts/index.ts";
import { print, withParts } from "./with-parts.ts";

const request = (): Command =>
  new Command("request")
    .description("Pay a payee all that is available now, below the threshold too")
    .argument("<payee>", "id of the payee")
    .option("--asset <asset>", "the settlement asset if left out")
    .action((payeeId: string, { asset }: { asset?: string }) =>
      withParts(async ({ payouts, db }) => {
        const settlementAsset = (await getSetting(db, "settlement_asset")).value;
        const input = { payeeId, asset: asset ?? settlementAsset, requestedBy: "cli" };
        print(`Payout ${await requestPayout(payouts, input, AbortSignal.timeout(60_000))} is on its way.`);
      }),
    );

const plan = (): Command =>
  new Command("plan").description("Plan payouts now, instead of at the next scheduled check").action(() =>
    withParts(async ({ payouts }) => {
      const ids = await planPayouts(payouts, AbortSignal.timeout(60_000));
      print(ids.length === 0 ? "Nobody is due." : ids.join("\n"));
    }),
  );

export const payoutsCommand = (): Command =>
  new Command("payouts").description("Money out to payees").addCommand(request()).addCommand(plan());
