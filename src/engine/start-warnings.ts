import { existsSync } from "node:fs";
import { sql } from "../database/index.ts";
import { walletOverview } from "../transfers/index.ts";
import type { Assembly } from "./assemble.ts";
import { embeddedWarning, isRealMoney } from "./doctor.ts";

/** What does not stop a start, and will hurt: each is one line of the log, and a note or a NO of `spillway doctor`. */
export function warnAtStart(parts: Assembly, embedded: boolean): () => Promise<void> {
  const { config, db, log, chains } = parts;
  if (config.publicUrl === null)
    log.warn("PUBLIC_URL is empty: no processor can tell us of payments, which are found by back-fill only");
  if (config.role !== "api" && !existsSync(config.keystore.depositPath))
    log.warn(
      { path: config.keystore.depositPath },
      "there is no deposit seed: payers get no addresses of their own; `spillway keys create-seed` makes one",
    );
  const looking = async (signal: AbortSignal): Promise<void> => {
    if (embedded && isRealMoney(config)) {
      const { rows } = await sql<{ version: string }>`
        select current_setting('server_version') as version`.execute(db);
      log.warn(embeddedWarning(rows[0]!.version));
    }
    if (config.role === "api") return;
    for (const { address, asset, runway } of await walletOverview(db, chains, signal))
      if (runway === 0n)
        log.warn({ address, asset }, "nothing can be sent for want of network fees: send some to the wallet");
  };
  // The chains are asked while the engine already works: one that is slow holds up nobody.
  const stopping = new AbortController();
  const looked = looking(AbortSignal.any([stopping.signal, AbortSignal.timeout(30_000)])).catch(
    (error: unknown) => log.debug({ error }, "some warnings could not be looked for"),
  );
  return async () => {
    stopping.abort();
    await looked;
  };
}
