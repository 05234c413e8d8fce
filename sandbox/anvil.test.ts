import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, test, vi } from "vitest";
import { findAnvil, startAnvil } from "./anvil.ts";

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("the node ends with its owner, even one that is killed", async () => {
  const module = JSON.stringify(new URL("./anvil.ts", import.meta.url).href);
  const script = `const { startAnvil } = await import(${module});
    const { control } = await startAnvil({ blocks: 1, chainId: 31337 });
    console.log(control.pid);
    setInterval(() => undefined, 1000);`;
  const owner = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface(owner.stdout), "line")) as [string];
  const pid = parseInt(line, 10);
  expect(isAlive(pid)).toBe(true);
  owner.kill("SIGKILL");
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 120_000, interval: 20 });
});

test("a machine without anvil is told how to get it", () => {
  const { platform } = process;
  Object.defineProperty(process, "platform", { value: "sunos" });
  try {
    expect(() => findAnvil({ PATH: "/nowhere" })).toThrow(/needs anvil.*getfoundry/);
  } finally {
    Object.defineProperty(process, "platform", { value: platform });
  }
});

test("a pending transaction can be dropped, a snapshot restored, the clock moved", async () => {
  const { control: anvil, stop } = await startAnvil({ blocks: "manual", chainId: 31_337 });
  try {
    const [from, to] = [
      "0x00000000000000000000000000000000000000aA",
      "0x00000000000000000000000000000000000000bB",
    ];
    await anvil.setBalance(from, 10n ** 18n);
    const snapshot = await anvil.snapshot();
    const dropped = await anvil.sendAs({ from, to, value: 1n });
    expect(await anvil.dropTransaction(dropped)).toBe(true);
    expect(await anvil.dropTransaction(dropped)).toBe(false);
    await Promise.all([1n, 2n, 3n].map((value) => anvil.sendAs({ from, to, value })));
    await anvil.setNextBlockBaseFee(7n);
    await anvil.mine();
    expect(await anvil.getBalance(to)).toBe(6n);
    const block = await anvil.rpc<{ baseFeePerGas: string; timestamp: string }>("eth_getBlockByNumber", [
      "latest",
      false,
    ]);
    expect(BigInt(block.baseFeePerGas)).toBe(7n);
    await anvil.increaseTime(86_400);
    const later = await anvil.rpc<{ timestamp: string }>("eth_getBlockByNumber", ["latest", false]);
    expect(parseInt(later.timestamp, 16) - parseInt(block.timestamp, 16)).toBeGreaterThanOrEqual(86_400);
    await anvil.revert(snapshot);
    expect(await anvil.getBalance(to)).toBe(0n);
    expect(await anvil.blockNumber()).toBe(0);
  } finally {
    await stop();
  }
});
