import type { Job } from "../jobs/index.ts";
import { fillAddressesJob } from "./deposit-address.ts";
import type { AddressDeps } from "./deps.ts";

export { assertSameSeed, fillAddressesJob, registerSharedAddress, takeAddress } from "./deposit-address.ts";
export type { AddressDeps } from "./deps.ts";
export {
  addressesOf,
  findAddress,
  findAddresses,
  isGivenToPayers,
  type DepositAddress,
} from "./find-address.ts";
export { watched, watchedAddresses } from "./watched-addresses.ts";

export { addressTasks } from "./tasks.ts";

export const addressJobs = (deps: AddressDeps): Job[] => [fillAddressesJob(deps)];
