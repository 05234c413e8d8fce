import { Command } from "commander";
import { systemClock } from "../clock.ts";
import type { Db } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { settings } from "../engine/index.ts";
import { presentSetting } from "../http/index.ts";
import { changeSettingAsAllowed, openSecondPerson } from "../operators/index.ts";
import { getSetting, newestVersionOf, type SettingDefinition } from "../settings/index.ts";
import { cliOperator } from "./operator.ts";
import { print, toJson } from "./screen.ts";
import { withDatabase } from "./with-database.ts";

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DomainError(
      "invalid_setting",
      'The value must be JSON, such as \'{"minimum_usd": "50"}\' or \'"ethereum:USDT"\'.',
    );
  }
}

const get = (): Command =>
  new Command("get")
    .description("Show a setting, or all")
    .argument("[key]")
    .action((key?: string) =>
      withDatabase(async ({ db }) => {
        const read = async (one: SettingDefinition) => presentSetting(await getSetting(db, one));
        print(
          toJson(await (key === undefined ? Promise.all(settings.all.map(read)) : read(settings.get(key)))),
        );
      }),
    );

const set = (): Command =>
  new Command("set")
    .description("Change a setting; it holds at once. Fields of an object that are left out stay as they are")
    .argument("<key>")
    .argument("<value>", "JSON")
    .action((key: string, value: string) =>
      withDatabase(async ({ db }, log) => {
        const setting = settings.get(key);
        const given = parseValue(value);
        const current = await valueOf(db, setting);
        const change = {
          setting,
          value: isRecord(given) && isRecord(current) ? { ...current, ...given } : given,
          changedBy: cliOperator(),
          now: systemClock.now(),
          expectedVersion: await newestVersionOf(db, setting.key),
        };
        const deps = { db, secondPerson: openSecondPerson({ db, log }) };
        print(toJson(presentSetting(await changeSettingAsAllowed(deps, change))));
      }),
    );

/** Null: what is there cannot be read any more, and is replaced whole. */
async function valueOf(db: Db, setting: SettingDefinition): Promise<unknown> {
  try {
    return (await getSetting(db, setting)).value;
  } catch (error) {
    if (error instanceof DomainError) return null;
    throw error;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const settingsCommand = (): Command =>
  new Command("settings")
    .description("What changes at run time, without a restart")
    .addCommand(get())
    .addCommand(set());
