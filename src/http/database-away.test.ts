import { mkdtemp, rm, chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { connect, migrate, startEmbedded } from "../database/index.ts";
import { silentLogger } from "../telemetry/index.ts";
import { callerWith, startTestServer } from "./testing/test-server.ts";

test("while PostgreSQL is stopped the API answers 503 with a code and an error id, and it works again afterwards", async () => {
  const directory = await mkdtemp(join(tmpdir(), "spillway-away-"));
  await chmod(directory, 0o755); // as root, the server runs as another user
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const dataDirectory = join(directory, "data");
  const first = await startEmbedded({ dataDirectory, log: silentLogger, durable: false });
  await migrate(first.url);
  const { db, close } = connect(first.url);
  onTestFinished(close);
  const { server, log } = await startTestServer(db);
  const headers = await callerWith(db, "admin");
  const ask = () => server.inject({ url: "/v1/api-keys", headers });
  expect((await ask()).statusCode).toBe(200);

  await first.stop();
  for (const _ of ["its connection breaks under it", "nobody answers"]) {
    const away = await ask();
    expect(away.statusCode).toBe(503);
    expect(away.json()).toMatchObject({
      code: "database_unavailable",
      next_step: expect.stringContaining("again"),
    });
    expect(log()).toContain(away.json<{ error_id: string }>().error_id);
  }

  const port = Number(new URL(first.url).port);
  const second = await startEmbedded({ dataDirectory, log: silentLogger, durable: false, port });
  onTestFinished(() => second.stop());
  expect((await ask()).statusCode).toBe(200);
});
