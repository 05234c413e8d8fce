export { apiOf } from "./api.ts";
export { assemble, type Assembly, type Direct } from "./assemble.ts";
export { embeddedWarning, examine, isRealMoney, type Finding } from "./doctor.ts";
export { lives, overseen } from "./desks.ts";
export { allJobs, schedules } from "./jobs.ts";
export { beginDirect, createKeystore, loadDepositKeys, openHotKey, openSigners } from "./keys.ts";
export { openForeignChains, type World } from "./outside.ts";
export { settings } from "./settings.ts";
export { startEngine, type Engine } from "./start.ts";
