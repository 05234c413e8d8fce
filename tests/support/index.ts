export { answerTo, changeSetting, startWorld, type ApiAnswer, type World } from "./world.ts";
export { dieAtEachStatement, standingAfter } from "./dying-database.ts";
export { eventually, patienceMs } from "./eventually.ts";
export { contentsOf, fillTables } from "./fill-tables.ts";
export { freshDatabase } from "./fresh-database.ts";
export { startProcess, type TestProcess } from "./start-process.ts";
export {
  driveUntil,
  findTrouble,
  freshParts,
  fundFloat,
  giveEarnings,
  givePayment,
  withJobs,
  type Gift,
} from "./earnings.ts";
export { startWholeApi, type WholeApi } from "./whole-api.ts";
