import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Whether this module was started itself, rather than imported: tests import the generators to compare. */
export const isMain = (moduleUrl: string): boolean =>
  process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(moduleUrl);
