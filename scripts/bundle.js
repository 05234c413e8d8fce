// Joins the engine's sources and the libraries that consist of many small modules into a few files, so that a command starts in
// a third of the time. Runs after every install; bin/spillway.js uses the result while the sources are as they were.
import { build } from "esbuild";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const outdir = join(root, "build", "engine"); // as deep as the sources: they find chains/ and db/ from where they are
/** Pure modules, many hundreds of them. Everything else is loaded from where it was installed. */
const bundled =
  /^(viem|ox|abitype|isows|kysely|zod|fastify-type-provider-zod|lossless-json|commander|@noble|@scure)(\/|$)/;

rmSync(outdir, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ["src/cli/main.ts"],
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  sourcemap: true,
  metafile: true,
  logLevel: "warning",
  banner: {
    js: 'import { createRequire as createBundleRequire } from "node:module"; const require = createBundleRequire(import.meta.url);',
  },
  plugins: [
    {
      name: "outside",
      setup(building) {
        // The commands that need these run from the sources.
        building.onResolve({ filter: /\/(client|sandbox|harness|simulator)\// }, ({ path }) => ({
          path,
          external: true,
        }));
        building.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
          kind === "entry-point" || bundled.test(path) ? undefined : { path, external: true },
        );
      },
    },
  ],
});

const sources = Object.keys(metafile.inputs).filter((input) => input.startsWith("src/"));
const state = [...sources, "package-lock.json"].map((file) => {
  const { mtimeMs, size } = statSync(join(root, file));
  return [file, mtimeMs, size];
});
writeFileSync(join(outdir, "sources.json"), JSON.stringify(state));
