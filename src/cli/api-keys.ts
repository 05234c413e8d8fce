import { Command, InvalidArgumentError, Option } from "commander";
import { systemClock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import { apiKeyRoutes } from "../http/index.ts";
import {
  createApiKey,
  revokeApiKey,
  roleNames,
  roles,
  scopes,
  type Role,
  type Scope,
} from "../operators/index.ts";
import { idOf } from "./arguments.ts";
import { cliOperator } from "./operator.ts";
import { listCommand, operation } from "./reading.ts";
import { print } from "./screen.ts";
import { withDatabase } from "./with-database.ts";

function parseScopes(text: string): Scope[] {
  return text.split(",").map((name) => {
    const scope = scopes.find((known) => known === name.trim());
    if (scope === undefined)
      throw new DomainError("invalid_scope", `"${name}" is no scope. The scopes are ${scopes.join(", ")}.`);
    return scope;
  });
}

function moment(text: string): Date {
  const at = new Date(text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(at.getTime()))
    throw new InvalidArgumentError("Write a date or a moment, such as 2027-01-01 or 2027-01-01T12:00:00Z.");
  return at;
}

interface Options {
  readonly scopes?: string;
  readonly role?: Role;
  readonly owner?: string;
  readonly expires?: Date;
  readonly test?: boolean;
}

function scopesOf({ scopes: named, role }: Options): readonly Scope[] {
  if ((named === undefined) === (role === undefined))
    throw new DomainError(
      "invalid_scope",
      `Say what the key may do, by --role (${roleNames.join(", ")}) or by --scopes, and not by both.`,
    );
  return role === undefined ? parseScopes(named!) : roles[role];
}

const create = (): Command =>
  new Command("create")
    .description("Create an API key; it is shown once")
    .argument("<name>", "who uses it")
    .option("--scopes <scopes>", `comma-separated: ${scopes.join(", ")}`)
    .addOption(
      new Option("--role <role>", "instead of scopes: those that such a person needs").choices(roleNames),
    )
    .option("--owner <owner>", "whose it is; an owner called like the key, if left out")
    .option(
      "--expires <moment>",
      "from when on it is refused, such as 2027-01-01; never, if left out",
      moment,
    )
    .option("--test", "for trying things out: the key begins with spw_test_")
    .action((name: string, options: Options) =>
      withDatabase(async ({ db }) => {
        const input = {
          name,
          owner: options.owner,
          expiresAt: options.expires,
          scopes: scopesOf(options),
          mode: options.test ? ("test" as const) : ("live" as const),
          createdBy: cliOperator(),
          now: systemClock.now(),
        };
        const { apiKey, key } = await createApiKey(db, input);
        print(`${key}\nKey ${apiKey.id}. It is not shown again.`);
      }),
    );

const revoke = (): Command =>
  new Command("revoke")
    .description("Revoke an API key")
    .argument("<id>", "as listed", idOf)
    .action((id: string) =>
      withDatabase(async ({ db }) => {
        await revokeApiKey(db, id, systemClock.now());
        print("Revoked.");
      }),
    );

export const apiKeysCommand = (): Command =>
  new Command("api-keys")
    .description("What the API is used by")
    .addCommand(create())
    .addCommand(
      listCommand({
        description: "List API keys, newest first",
        route: operation(apiKeyRoutes, "listApiKeys"),
        columns: ["id", "name", "owner", "hint", "scopes", "last_used_at", "expires_at", "revoked_at"],
        nothing: "There is no API key yet: `spillway api-keys create` makes one.",
      }),
    )
    .addCommand(revoke());
