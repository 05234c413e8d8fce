// Writes .env.example from the table the configuration is read by.
import { writeFileSync } from "node:fs";
import { renderEnvExample } from "../src/config/index.ts";

writeFileSync(new URL("../.env.example", import.meta.url), renderEnvExample());
