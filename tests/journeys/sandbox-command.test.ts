import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../support/index.ts";

test("one command runs engine and sandbox joined: its three lines are all that a first order needs", async () => {
  const bin = fileURLToPath(new URL("../../bin/spillway.js", import.meta.url));
  const child = spawn(process.execPath, [bin, "sandbox", "--with-engine"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await gone;
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
  const given = await eventually("its three lines", () => {
    const line = (name: string): string | undefined => new RegExp(`^${name}=(\\S+)$`, "m").exec(said)?.[1];
    const [api, key, controls] = [line("API"), line("KEY"), line("CONTROLS")];
    return api && key && controls ? { api, key, controls } : null;
  });
  const response = await fetch(`${given.api}/v1/payees`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${given.key}`,
      "idempotency-key": "dora",
      "content-type": "application/json",
    },
    body: JSON.stringify({
      name: "Dora",
      payout_mode: "instant",
      destination: { asset: "ethereum:USDT", address: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8" },
    }),
  });
  expect(response.status).toBe(201);
  child.kill("SIGTERM");
  expect((await gone)[0]).toBe(0);
});
