import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { Command } from "commander";
import { loadKeystoreConfig } from "../config.ts";
import { createKeystore } from "../main.ts";
import { print } from "./with-parts.ts";

const create = (): Command =>
  new Command("create")
    .description(
      "Create the hot wallet's encrypted keystore file (KEYSTORE_PATH, KEYSTORE_PASSWORD or KEYSTORE_PASSWORD_FILE)",
    )
    .action(async () => {
      const { path, password } = loadKeystoreConfig(process.env);
      // Only the keys' own directory is closed: the database's user must get into the one around it.
      await mkdir(dirname(dirname(path)), { recursive: true });
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const { address } = await createKeystore(path, password);
      print(
        `Created ${path}\nAddress ${address}\nBack up the file and its password, apart from each other: without both, what the wallet holds is lost.`,
      );
    });

export const keysCommand = (): Command =>
  new Command("keys").description("The hot wallet's key").addCommand(create());
