import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

/** A page of a real browser, spoken to in the DevTools protocol. */
export interface Page {
  /** Everything that the page asked for, and every error that it met. */
  readonly requests: readonly string[];
  readonly errors: readonly string[];
  goto(url: string): Promise<void>;
  /** What an expression of JavaScript comes to in the page; a promise is awaited. */
  evaluate<T>(expression: string): Promise<T>;
  /** @returns the whole page as PNG. */
  screenshot(): Promise<Buffer>;
}

export interface Chromium {
  open(screen: { width: number; height: number; phone: boolean }): Promise<Page>;
  stop(): Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

const executable = process.env["CHROMIUM"] ?? "chromium";

/** Debian's Chromium without a window, reached by a pipe: nothing listens on a port, and no version of a driver must fit. */
export async function startChromium(): Promise<Chromium> {
  const profile = await mkdtemp(join(tmpdir(), "spillway-chromium-"));
  const child = spawn(
    executable,
    ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
     "--disable-background-networking", "--remote-debugging-pipe", `--user-data-dir=${profile}`],
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
  ); // prettier-ignore
  const gone = new Promise<string>((end) => {
    child.once("close", () => end("it ended"));
    child.once("error", ({ message }) => end(message)); // it is not there
  });
  const [input, output] = [child.stdio[3] as Writable, child.stdio[4] as Readable];
  const waiting = new Map<number, (answer: Message) => void>();
  const listeners: ((message: Message) => void)[] = [];
  let rest = "";
  output.setEncoding("utf8").on("data", (text: string) => {
    const whole = (rest + text).split("\0");
    rest = whole.pop() ?? "";
    for (const message of whole.map((one) => JSON.parse(one) as Message)) {
      if (message.id === undefined) listeners.forEach((hear) => hear(message));
      else waiting.get(message.id)?.(message);
    }
  });
  let last = 0;
  const send = <Result>(method: string, params: object = {}, sessionId?: string): Promise<Result> =>
    new Promise((answered, failed) => {
      const id = (last += 1);
      void gone.then((why) => failed(new Error(`${executable} did not answer ${method}: ${why}`)));
      waiting.set(id, ({ result, error }) =>
        error ? failed(new Error(`${method}: ${error.message}`)) : answered(result as Result),
      );
      input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  return {
    async open({ width, height, phone }) {
      const { targetId } = await send<{ targetId: string }>("Target.createTarget", { url: "about:blank" });
      const attach = { targetId, flatten: true };
      const { sessionId } = await send<{ sessionId: string }>("Target.attachToTarget", attach);
      const ask = <Result>(method: string, params?: object) => send<Result>(method, params, sessionId);
      const requests: string[] = [];
      const errors: string[] = [];
      let loaded = (): void => {};
      listeners.push(({ method, params, sessionId: of }) => {
        if (of !== sessionId) return;
        const said = params as { request: { url: string }; entry: { level: string; text: string } };
        if (method === "Network.requestWillBeSent") requests.push(said.request.url);
        if (method === "Log.entryAdded" && said.entry.level === "error") errors.push(said.entry.text);
        if (method === "Runtime.exceptionThrown") errors.push(JSON.stringify(params));
        if (method === "Page.loadEventFired") loaded();
      });
      for (const domain of ["Page", "Network", "Log", "Runtime"]) await ask(`${domain}.enable`);
      const screen = { width, height, deviceScaleFactor: 1, mobile: phone };
      await ask("Emulation.setDeviceMetricsOverride", screen);
      await ask("Emulation.setTouchEmulationEnabled", { enabled: phone });
      const evaluate = async <T>(expression: string): Promise<T> => {
        const how = { expression, awaitPromise: true, returnByValue: true };
        const answer = await ask<{ result: { value: T }; exceptionDetails?: object }>(
          "Runtime.evaluate",
          how,
        );
        if (answer.exceptionDetails) throw new Error(JSON.stringify(answer.exceptionDetails));
        return answer.result.value;
      };
      return {
        requests,
        errors,
        evaluate,
        async goto(url) {
          const load = new Promise<void>((done) => (loaded = done));
          await ask("Page.navigate", { url });
          await load;
        },
        async screenshot() {
          const whole = { captureBeyondViewport: true };
          const { data } = await ask<{ data: string }>("Page.captureScreenshot", whole);
          return Buffer.from(data, "base64");
        },
      };
    },
    async stop() {
      child.kill("SIGKILL");
      await gone;
      await rm(profile, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
