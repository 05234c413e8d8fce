import type { z } from "zod";
import type { Db, Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { readBy, type InputProblem } from "../input-problems.ts";
import { nearest } from "../nearest.ts";

/**
 * One thing that changes at run time, as its room declares it. Values are kept as their JSON: amounts and dollars as
 * decimal strings. The room turns them into the form it computes with.
 */
export interface SettingDefinition<Key extends string = string, Schema extends z.ZodType = z.ZodType> {
  readonly key: Key;
  /** One sentence for whoever changes it. */
  readonly meaning: string;
  readonly schema: Schema;
  /** What holds until somebody changes it. */
  readonly defaults: z.output<Schema>;
  /** Throws a DomainError where a value that fits its schema would stop business as things are now. */
  refuse?(db: Db | Tx, value: z.output<Schema>): Promise<void>;
}

export type SettingValue<Definition extends SettingDefinition> = z.output<Definition["schema"]>;

/** Declares a setting and checks that its default fits its schema's type. */
export const defineSetting = <Key extends string, Schema extends z.ZodType>(
  definition: SettingDefinition<Key, Schema>,
): SettingDefinition<Key, Schema> => definition;

/** The settings there are, for whoever reads and changes any of them by name. */
export interface SettingRegistry {
  readonly all: readonly SettingDefinition[];
  readonly keys: readonly string[];
  /** @throws {DomainError} `unknown_setting` */
  get(key: string): SettingDefinition;
}

export function settingRegistry(definitions: readonly SettingDefinition[]): SettingRegistry {
  const byKey = new Map(definitions.map((definition) => [definition.key, definition]));
  if (byKey.size < definitions.length) throw new TypeError("Two settings have one key.");
  const keys = [...byKey.keys()];
  return {
    all: definitions,
    keys,
    get(key) {
      const found = byKey.get(key);
      if (found !== undefined) return found;
      const meant = nearest(key, keys);
      throw new DomainError(
        "unknown_setting",
        meant === null
          ? `There is no such setting. The settings are ${keys.join(", ")}.`
          : `There is no such setting; did you mean ${meant}?`,
      );
    },
  };
}

/**
 * A whole new value for a setting: nothing missing, nothing beyond, null only where null means something.
 * @throws {DomainError} `invalid_setting`, naming every field that is wrong.
 */
export function parseSetting<Definition extends SettingDefinition>(
  { key, schema }: Definition,
  value: unknown,
): SettingValue<Definition> {
  const result = readBy(schema, value, "value");
  if ("value" in result) return result.value as SettingValue<Definition>;
  return refuse(key, result.problems);
}

function refuse(key: string, problems: readonly InputProblem[]): never {
  const sentences = problems.map(({ message }) => message);
  const message = `${key} cannot be set so. ${sentences.join(" ")}`;
  throw new DomainError("invalid_setting", message, { problems: sentences });
}

const bounds = new Set(["too_small", "too_large"]);

/**
 * A value as stored, perhaps by an older version of this code: fields that are missing get their default, null stays null. What
 * lies beyond a bound was allowed when it was set, and holds until it is set anew: a new bound stops no engine.
 */
export function readStored<Definition extends SettingDefinition>(
  definition: Definition,
  stored: unknown,
): SettingValue<Definition> {
  const { defaults } = definition as SettingDefinition;
  const isRecord = typeof defaults === "object" && typeof stored === "object" && stored !== null;
  const value = isRecord ? { ...defaults, ...stored } : stored;
  const result = readBy(definition.schema, value, "value");
  if ("value" in result) return result.value as SettingValue<Definition>;
  if (result.problems.every(({ code }) => bounds.has(code))) return value as SettingValue<Definition>;
  return refuse(definition.key, result.problems);
}
