// The whole gate, on a laptop as in CI: the first step that fails ends it.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const generated = [
  "db/schema.sql",
  "openapi.json",
  "client/schema.d.ts",
  "docs/states.md",
  ".env.example",
  "docs/configuration.md",
  "docs/commands.md",
  "docs/scopes.md",
  "docs/errors.md",
  "docs/incidents.md",
];

/** The script behind a package's command: run by node itself, so that no shell is needed on any platform. */
function bin(name, command = name) {
  const packageRoot = join(root, "node_modules", name);
  const manifest = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8"));
  const entry = typeof manifest.bin === "string" ? manifest.bin : manifest.bin[command];
  return join(packageRoot, entry);
}

const folders = ["client", "src", "sandbox", "harness", "simulator", "bench", "tests"].filter((folder) =>
  existsSync(join(root, folder)),
);
const steps = [
  ["format", [bin("prettier"), "--check", "--log-level", "warn", "."]],
  ["lint", [bin("oxlint"), "--deny-warnings"]],
  ["imports", [bin("dependency-cruiser", "depcruise"), "--config", ".dependency-cruiser.cjs", ...folders]],
  ["types", [join(root, "node_modules/tsgo/bin/tsc"), "-p", "tsconfig.json"]],
  ["tests", [bin("vitest"), "run"]],
  ["schema", [bin("tsx"), "scripts/dump-schema.ts"]],
  ["openapi", [bin("tsx"), "scripts/generate-openapi.ts"]],
  ["client", [bin("tsx"), "scripts/generate-client.ts"]],
  ["states", [bin("tsx"), "scripts/generate-states.ts"]],
  ["environment", [bin("tsx"), "scripts/generate-env-example.ts"]],
  ["configuration", [bin("tsx"), "scripts/generate-configuration.ts"]],
  ["commands", [bin("tsx"), "scripts/generate-commands.ts"]],
  ["scopes", [bin("tsx"), "scripts/generate-scopes.ts"]],
  ["errors", [bin("tsx"), "scripts/generate-errors.ts"]],
  ["incidents", [bin("tsx"), "scripts/generate-incidents.ts"]],
];

function seconds(since) {
  return ((performance.now() - since) / 1000).toFixed(1);
}

function step(name, run) {
  const started = performance.now();
  console.log(`> ${name}`);
  const passed = run();
  console.log(`${passed ? "ok" : "FAILED"} ${name} ${seconds(started)} s`);
  if (!passed) process.exit(1);
}

function runNode(args) {
  const { status, error } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (error) console.error(error.message);
  return status === 0;
}

/** Generated files must be those in the commit: what a reader sees is what the code says. */
function isCommitted() {
  const { status, stdout } = spawnSync("git", ["status", "--porcelain", "--", ...generated], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) {
    console.log("not a git checkout: nothing to compare with");
    return true;
  }
  if (stdout.trim() === "") return true;
  console.error(`Generated files differ from the commit. Look at them, then commit them:\n${stdout}`);
  return false;
}

const started = performance.now();
for (const [name, args] of steps) step(name, () => runNode(args));
step("generated files are committed", isCommitted);
console.log(`all passed in ${seconds(started)} s`);
