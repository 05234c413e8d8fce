import { Command } from "commander";
import { formatUnits, registry } from "../money/index.ts";
import { DomainError } from "../errors.ts";
import { presentWallet } from "../http/index.ts";
import { bookTopUp } from "../arrivals/index.ts";
import { findWallet, forgetFingerprint, resumeWallet, walletOverview } from "../transfers/index.ts";
import { chainOf } from "./arguments.ts";
import { cliOperator } from "./operator.ts";
import { print, table, toJson } from "./screen.ts";
import { withDatabase, withParts } from "./with-database.ts";

const topUp = (): Command =>
  new Command("top-up")
    .description("Book coins you sent to a wallet of ours yourself, proved by the chain")
    .argument("<hash>", "hash of the transaction")
    .option("--chain <chain>", "its chain", chainOf, "ethereum")
    .action((transactionHash: string, { chain }: { chain: string }) =>
      withParts(async (parts) => {
        for (const { asset, amount } of await bookTopUp(
          parts,
          { chain, transactionHash, by: cliOperator() },
          AbortSignal.timeout(60_000),
        ))
          print(`Booked ${formatUnits(amount, registry.get(asset).decimals)} ${asset}.`);
      }),
    );

const list = (): Command =>
  new Command("list")
    .description(
      "Balances by the book and on chain, what is reserved, for how many transfers the gas lasts, and what stops a wallet",
    )
    .option("--json", "one JSON document, as the API answers")
    .action(({ json }: { json?: boolean }) =>
      withParts(async (parts) => {
        const views = await walletOverview(parts.db, parts.chains, AbortSignal.timeout(60_000));
        const wallets = views.map(presentWallet);
        if (json) return print(toJson({ wallets }));
        const rows = wallets.map(({ address, asset, booked, on_chain, reserved, gas_lasts_for, problem }) => {
          const gas = gas_lasts_for === null ? "" : `${gas_lasts_for} transfers`;
          return [address, asset, booked, on_chain ?? "no answer", reserved, gas, problem ?? ""];
        });
        print(
          table([
            ["wallet", "asset", "booked", "on chain", "reserved", "gas lasts", "does not send"],
            ...rows,
          ]),
        );
      }),
    );

const resume = (): Command =>
  new Command("resume")
    .description("Let a paused wallet sign again, once you know why it was paused")
    .option("--chain <chain>", "its chain", chainOf, "ethereum")
    .action(({ chain }: { chain: string }) =>
      withDatabase(async ({ db }) => {
        const wallet = await findWallet(db, chain);
        if (!wallet)
          throw new DomainError("unknown_chain", `There is no wallet on ${chain}. Start the engine once.`);
        await resumeWallet(db, wallet.id);
        print(
          `${wallet.address} signs again. It was paused because: ${wallet.paused_reason ?? "it was not"}.`,
        );
      }),
    );

const acceptChain = (): Command =>
  new Command("accept-chain")
    .description(
      "Recognise a chain anew by what its RPC endpoints show next, after it was replaced on purpose (a sandbox started afresh)",
    )
    .option("--chain <chain>", "the chain", chainOf, "ethereum")
    .action(({ chain }: { chain: string }) =>
      withDatabase(async ({ db }) => {
        if (!(await forgetFingerprint(db, chain)))
          throw new DomainError(
            "unknown_chain",
            `Nothing is remembered of ${chain}: there is nothing to accept.`,
          );
        print(
          `${chain} is recognised anew within five minutes. What the book says of its wallets came from the old chain: run "spillway reconcile" before anything is sent.`,
        );
      }),
    );

export const walletsCommand = (): Command =>
  new Command("wallets")
    .description("Our own addresses")
    .addCommand(list())
    .addCommand(topUp())
    .addCommand(resume())
    .addCommand(acceptChain());
