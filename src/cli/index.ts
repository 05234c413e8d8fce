import { Command } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { arrivalsCommand } from "./arrivals.ts";
import { apiKeysCommand } from "./api-keys.ts";
import { approvalsCommand } from "./approvals.ts";
import { backupCommand, restoreCommand } from "./backup.ts";
import { conversionsCommand } from "./conversions.ts";
import { demoCommand } from "./demo.ts";
import { doctorCommand } from "./doctor.ts";
import { eventsCommand, replayCommand } from "./events.ts";
import { explainCommand } from "./explain.ts";
import { initCommand } from "./init.ts";
import { keysCommand } from "./keys.ts";
import { ledgerCommand } from "./ledger.ts";
import { migrateCommand } from "./migrate.ts";
import { ordersCommand } from "./orders.ts";
import { payeesCommand } from "./payees.ts";
import { paymentsCommand } from "./payments.ts";
import { operatorsCommand } from "./operators.ts";
import { pausesCommand } from "./pauses.ts";
import { payoutsCommand } from "./payouts.ts";
import { searchCommand } from "./reading.ts";
import { reconcileCommand } from "./reconcile.ts";
import { refundsCommand } from "./refunds.ts";
import { reviewCommand } from "./review.ts";
import { sandboxCommand } from "./sandbox.ts";
import { settingsCommand } from "./settings.ts";
import { simulateCommand } from "./simulate.ts";
import { startCommand } from "./start.ts";
import { statementsCommand } from "./statements.ts";
import { walletsCommand } from "./wallets.ts";

export { describeFailure, exitCodeOf } from "./failure.ts";

const searchEverything = (): Command =>
  searchCommand("Find what an id, transaction hash, address or external id names");

/** Every command there is; docs/commands.md is written from it. */
export function buildProgram(): Command {
  const program = new Command("spillway")
    .description("Takes crypto payments in, converts them in micro-batches, pays everyone their exact share.")
    .version(packageJson.version, "--version", "print the version")
    .showHelpAfterError("(spillway --help lists the commands)")
    .exitOverride();
  for (const command of [
    initCommand,
    startCommand,
    demoCommand,
    sandboxCommand,
    simulateCommand,
    migrateCommand,
    backupCommand,
    restoreCommand,
    doctorCommand,
    explainCommand,
    reconcileCommand,
    reviewCommand,
    ledgerCommand,
    searchEverything,
    payeesCommand,
    statementsCommand,
    ordersCommand,
    paymentsCommand,
    eventsCommand,
    replayCommand,
    conversionsCommand,
    payoutsCommand,
    refundsCommand,
    approvalsCommand,
    pausesCommand,
    settingsCommand,
    walletsCommand,
    arrivalsCommand,
    keysCommand,
    operatorsCommand,
    apiKeysCommand,
  ])
    program.addCommand(throwing(command()));
  return program;
}

/** Commander ends the process by itself, with codes of its own, wherever it is not told otherwise: deep commands too. */
function throwing(command: Command): Command {
  for (const inner of command.commands) throwing(inner);
  return command.showHelpAfterError(`(spillway ${pathOf(command)}--help says how it is used)`).exitOverride();
}

const pathOf = (command: Command): string =>
  command.parent === null ? `${command.name()} ` : `${pathOf(command.parent)}${command.name()} `;
