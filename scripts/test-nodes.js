// Runs the tests on every version of Node that we support, each from the npm package that carries it.
//   npm run test:nodes                          the whole suite on all of them, the oldest first
//   npm run test:nodes -- 24 -- src/money       some files on one of them
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const versions = { 20: "20.20.2", 22: "22.23.5", 24: "24.22.3", 26: "26.12.1" };
const platform = { win32: "win" }[process.platform] ?? process.platform;
const carrier = `node-${platform}-${process.arch}`;

const given = process.argv.slice(2);
const isMajor = (word) => Object.hasOwn(versions, word);
const chosen = given.filter(isMajor);
const files = given.filter((word) => word !== "--" && !isMajor(word));

function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (error) console.error(error.message);
  return status === 0;
}

/** Where this version lies; fetched once. */
function folderOf(version) {
  const folder = join(root, "node_modules/.cache/nodes", version);
  mkdirSync(folder, { recursive: true });
  const npm = process.env.npm_execpath;
  const words = ["install", "--prefix", folder, "--no-save", "--no-package-lock", `${carrier}@${version}`];
  const fetched = npm === undefined ? run("npm", words) : run(process.execPath, [npm, ...words]);
  if (!fetched) throw new Error(`${carrier}@${version} could not be installed`);
  return join(folder, "node_modules", carrier, "bin");
}

const failed = [];
for (const major of chosen.length > 0 ? chosen : Object.keys(versions)) {
  console.log(`\n== Node ${versions[major]}`);
  const bin = folderOf(versions[major]);
  // What the tests start themselves is to be this Node as well.
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
  const node = join(bin, process.platform === "win32" ? "node.exe" : "node");
  if (!run(node, [join(root, "node_modules/vitest/vitest.mjs"), "run", ...files], { env }))
    failed.push(major);
}
console.log(failed.length === 0 ? "\nAll passed." : `\nFailed on Node ${failed.join(", ")}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
