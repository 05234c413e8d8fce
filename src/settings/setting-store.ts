import { sql, type Db, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { parseSetting, readStored, type SettingDefinition, type SettingValue } from "./setting.ts";

/** A setting as it stands, or stood. Version 0 is the default that nobody has changed yet. */
export interface Setting<Definition extends SettingDefinition = SettingDefinition> {
  readonly key: Definition["key"];
  readonly value: SettingValue<Definition>;
  readonly version: number;
  readonly changedBy: string | null;
  readonly changedAt: Date | null;
}

interface SettingRow {
  version: number;
  value: unknown;
  changed_by: string;
  changed_at: Date;
}

const toSetting = <Definition extends SettingDefinition>(
  setting: Definition,
  row: SettingRow,
): Setting<Definition> => ({
  key: setting.key,
  value: readStored(setting, row.value),
  version: row.version,
  changedBy: row.changed_by,
  changedAt: row.changed_at,
});

/** What is in force now. A change counts from its commit on, in every process: nothing is cached. */
export async function getSetting<Definition extends SettingDefinition>(
  db: Db | Tx,
  setting: Definition,
): Promise<Setting<Definition>> {
  const { rows } = await sql<SettingRow>`
    select version, value, changed_by, changed_at from setting
    where key = ${setting.key} order by version desc limit 1`.execute(db);
  if (rows[0] !== undefined) return toSetting(setting, rows[0]);
  const value = setting.defaults as SettingValue<Definition>;
  return { key: setting.key, value, version: 0, changedBy: null, changedAt: null };
}

/** Of one whose value cannot be read any more, too: it is put right by a new one. */
export async function newestVersionOf(db: Db | Tx, key: string): Promise<number> {
  const { rows } = await sql<{ version: number | null }>`
    select max(version) as version from setting where key = ${key}`.execute(db);
  return rows[0]?.version ?? 0;
}

/**
 * Puts a new version of a setting in force. Earlier versions stay for ever.
 * @param change.value the whole new value.
 * @param change.expectedVersion the version the caller decided upon; left out, the newest one is replaced.
 * @throws {DomainError} `invalid_setting`; the setting's own refusal; `setting_changed_meanwhile`: somebody was first, and nothing was changed.
 */
export async function changeSetting<Definition extends SettingDefinition>(
  tx: Db | Tx,
  change: {
    readonly setting: Definition;
    readonly value: unknown;
    readonly changedBy: string;
    readonly now: Date;
    readonly expectedVersion?: number | undefined;
  },
): Promise<Setting<Definition>> {
  const { setting, changedBy, now } = change;
  const { key } = setting;
  const value = parseSetting(setting, change.value);
  await setting.refuse?.(tx, value);
  const current = await newestVersionOf(tx, key);
  const version = current + 1;
  const expected = change.expectedVersion ?? current;
  // Of two changes at once, the second waits here for the first one's commit and then inserts nothing.
  const { rows } =
    expected === current
      ? await sql`
          insert into setting (key, version, value, changed_by, changed_at)
          values (${key}, ${version}, ${JSON.stringify(value)}::jsonb, ${changedBy}, ${now})
          on conflict (key, version) do nothing returning version`.execute(tx)
      : { rows: [] };
  if (rows.length === 0)
    throw new DomainError(
      "setting_changed_meanwhile",
      `${key} was changed by somebody else meanwhile. Read it again, then decide again.`,
      { key, expected, current },
    );
  return { key, value, version, changedBy, changedAt: now };
}

/** Every version, newest first. */
export async function listSettingVersions<Definition extends SettingDefinition>(
  db: Db | Tx,
  setting: Definition,
  page: { readonly before: number | null; readonly limit: number },
): Promise<Setting<Definition>[]> {
  const { rows } = await sql<SettingRow>`
    select version, value, changed_by, changed_at from setting
    where key = ${setting.key} and (${page.before}::integer is null or version < ${page.before}::integer)
    order by version desc limit ${page.limit}`.execute(db);
  return rows.map((row) => toSetting(setting, row));
}
