// Writes .env.example from the table the configuration is read by.
import { writeFileSync } from "node:fs";
import { configTable } from "../src/config/index.ts";
import { isMain } from "./is-main.ts";

const head =
  "# Every variable there is. A line that is commented out shows the default; the others have none and must be set.\n";

function lines({ name, default: fallback, meaning, needed }: (typeof configTable)[number]): string {
  const mustBeSet = fallback === undefined || needed !== null;
  return `\n# ${meaning}\n${mustBeSet ? "" : "#"}${name}=${fallback ?? ""}\n`;
}

/** .env.example as it should be. */
export const renderEnvExample = (): string => head + configTable.map(lines).join("");

if (isMain(import.meta.url)) writeFileSync(new URL("../.env.example", import.meta.url), renderEnvExample());
