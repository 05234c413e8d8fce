import { Command } from "commander";
import { formatUnits, registry } from "../money/index.ts";
import { bookTopUp } from "../transfers/index.ts";
import { print, withParts } from "./with-parts.ts";

const topUp = (): Command =>
  new Command("top-up")
    .description("Book coins you sent to a wallet of ours yourself, proved by the chain")
    .argument("<hash>", "hash of the transaction")
    .option("--chain <chain>", "its chain", "ethereum")
    .action((transactionHash: string, { chain }: { chain: string }) =>
      withParts(async (parts) => {
        for (const { asset, amount } of await bookTopUp(
          parts,
          { chain, transactionHash },
          AbortSignal.timeout(60_000),
        ))
          print(`Booked ${formatUnits(amount, registry.get(asset).decimals)} ${asset}.`);
      }),
    );

export const walletsCommand = (): Command =>
  new Command("wallets").description("Our own addresses").addCommand(topUp());
