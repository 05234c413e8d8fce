import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type * as simulator from "../../../simulator/index.ts";

/** What the copy's `runSeeds` is asked. */
export type PlantedOrder = Omit<simulator.SeedsOptions, "progress">;

// Started in the copy: everything it runs, but this file, is the copy's own.
const door = pathToFileURL(join(process.argv[2] ?? "", "simulator/index.ts")).href;
process.once("message", (order: PlantedOrder) => {
  void import(door)
    .then(({ runSeeds }: typeof simulator) => runSeeds({ ...order, progress: () => undefined }))
    .then((report) => process.send?.(report, () => process.disconnect()));
});
// Whoever asked is gone: nobody will read the report.
process.once("disconnect", () => process.exit());
