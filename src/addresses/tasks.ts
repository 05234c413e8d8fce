import { searchJob } from "../jobs/index.ts";

/** The jobs of this room, as whoever enqueues them needs them. Its name is from when orders held the addresses. */
export const addressTasks = { fill: searchJob("orders.fill_addresses") };
