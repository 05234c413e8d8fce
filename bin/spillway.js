#!/usr/bin/env node
// Runs the TypeScript sources directly; the one place that knows about the loader.
import { register } from "tsx/esm/api";

register();
await import("../src/cli/main.ts");
