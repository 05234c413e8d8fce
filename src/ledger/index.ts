export { accounts, chartLineOf, chartOfAccounts, type ChartLine, type NormalSide } from "./accounts.ts";
export {
  balanceAt,
  balanceOf,
  isOwedByProcessors,
  ledgerAccounts,
  statement,
  type StatementCursor,
  type StatementLine,
} from "./balances.ts";
export { entryArguments, type EntryArguments, type JournalEntry, type Posting } from "./entry.ts";
export { EntryConflict, InsufficientFunds, toLedgerError } from "./errors.ts";
export { equityByAsset } from "./equity.ts";
export { foldLedger } from "./fold.ts";
export { ledgerJobs, ledgerTasks } from "./ledger-jobs.ts";
export { postEntries, postEntry } from "./post-entry.ts";
export { postingsInForce } from "./read-entry.ts";
export { reverseEntry } from "./reverse-entry.ts";
export { sealLedger } from "./seal.ts";
export { lastBlock, verifyLedger, type LedgerProblem, type Verification } from "./verify.ts";
