#!/usr/bin/env node
// Starts the command line: from the bundle that `npm ci` made, or straight from the TypeScript sources where there is none, where
// they have changed since, and for the commands that bring a world of their own.
import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("..", import.meta.url);
const [, , command = "", ...options] = process.argv;
const bringsItsWorld =
  ["demo", "sandbox", "simulate"].includes(command) || (command === "init" && options.includes("--sandbox"));

function bundleIsFresh() {
  try {
    const state = JSON.parse(readFileSync(new URL("build/engine/sources.json", root), "utf8"));
    return state.every(([file, mtimeMs, size]) => {
      const now = statSync(fileURLToPath(new URL(file, root)));
      return now.mtimeMs === mtimeMs && now.size === size;
    });
  } catch {
    return false;
  }
}

// Source maps lie beside the bundle: NODE_OPTIONS=--enable-source-maps shows errors by their sources, and costs time.
if (!bringsItsWorld && process.env["SPILLWAY_FROM_SOURCES"] === undefined && bundleIsFresh()) {
  await import(new URL("build/engine/main.js", root).href);
} else {
  const { register } = await import("tsx/esm/api");
  register();
  await import("../src/cli/main.ts");
}
