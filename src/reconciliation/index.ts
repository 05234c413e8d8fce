export { checkBooks, checkBooksJob } from "./check-books.job.ts";
export { checkInvariants, type Difference } from "./check-invariants.ts";
export { equityDesk } from "./equity-desk.ts";
export { findFaults } from "./find-faults.ts";
export { compareWallets, type WalletComparison } from "./compare-wallets.ts";
/** Lives in the desk; named here for the cases beside the project until each is a test of ours. */
export { listReview } from "../desk/index.ts";
