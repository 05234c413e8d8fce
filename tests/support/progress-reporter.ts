import { availableParallelism } from "node:os";
import type { Reporter, TestCase, TestModule, TestSpecification, Vitest } from "vitest/node";

/** Minutes that the whole suite takes on two cores with nothing else to do. */
const wholeSuiteMinutes = { short: 17, long: 25 } as const;
/** A run of fewer files is no run of the whole suite, and nobody has to be told to wait. */
const wholeSuiteFiles = 100;
const everyMs = 30_000;

/** Says beforehand how long the whole suite takes and, while it runs, how far it is: in a pipe and in CI too. */
export default class ProgressReporter implements Reporter {
  private vitest!: Vitest;
  private startedAt = 0;
  private files = { all: 0, done: 0 };
  private testsDone = 0;
  private failed = 0;
  private readonly running = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  onInit(vitest: Vitest): void {
    this.vitest = vitest;
  }

  onTestRunStart(specifications: readonly TestSpecification[]): void {
    this.startedAt = performance.now();
    this.files = { all: specifications.length, done: 0 };
    if (specifications.length < wholeSuiteFiles) return;
    const { form = "short" } = this.vitest.config.provide;
    const minutes = wholeSuiteMinutes[form];
    const hint = form === "long" ? "" : " The long form of the simulation: npm run test:long";
    this.vitest.logger.log(
      `${specifications.length} files, about ${minutes} minutes on two idle cores; this machine has ${availableParallelism()}. The longest come first.${hint}\n`,
    );
    this.timer = setInterval(() => this.tell(), everyMs);
    this.timer.unref();
  }

  onTestModuleQueued({ relativeModuleId }: TestModule): void {
    this.running.add(relativeModuleId);
  }

  onTestModuleEnd({ relativeModuleId }: TestModule): void {
    this.running.delete(relativeModuleId);
    this.files.done += 1;
  }

  onTestCaseResult(test: TestCase): void {
    this.testsDone += 1;
    if (test.result().state === "failed") this.failed += 1;
  }

  onTestRunEnd(): void {
    clearInterval(this.timer);
  }

  private tell(): void {
    const seconds = Math.round((performance.now() - this.startedAt) / 1000);
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    const under = this.running.size === 0 ? "" : `; under way: ${[...this.running].join(", ")}`;
    this.vitest.logger.log(
      `${time}  ${this.files.done} of ${this.files.all} files, ${this.testsDone} tests, ${this.failed} failed${under}`,
    );
  }
}
