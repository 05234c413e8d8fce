import { Command } from "commander";
import { openProgress } from "./progress.ts";
import { toJson } from "./screen.ts";
import { untilStopped } from "./until-stopped.ts";

export const demoCommand = (): Command =>
  new Command("demo")
    .description("Run the whole story in the sandbox world: payments in, one swap, exact shares, paid out")
    .option("--json", "one JSON document on standard output; progress goes to standard error")
    .option("--keep", "leave it running afterwards, with the API open")
    .action(async ({ json, keep }: { json?: boolean; keep?: boolean }) => {
      const { runDemo } = await import("./demo/run-demo.ts");
      const out = json ? process.stderr : process.stdout;
      const demo = await runDemo(openProgress(out));
      try {
        if (json) process.stdout.write(`${toJson(demo.report)}\n`);
        out.write(`\n${demo.summary}\n`);
        if (!demo.holds) process.exitCode = 1;
        if (keep) {
          out.write(
            `\nAPI      ${demo.url}/docs\nAPI key  ${demo.apiKey}\nControls ${demo.controls}\nCtrl-C stops it.\n`,
          );
          await untilStopped();
        }
      } finally {
        await demo.stop();
      }
    });
