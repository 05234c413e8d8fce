import { connect, migrate, sql, type Database } from "../src/database/index.ts";
import type { Monitor } from "./process-database.ts";

/** A real PostgreSQL for simulations: it never syncs to disk, because nothing of it is kept. */
export interface SimulationServer {
  readonly monitor: Monitor;
  /** A migrated database of its own: the engine's address of it, and a connection for whoever looks on. */
  createDatabase(name: string): Promise<{ url: string; observer: Database }>;
  dropDatabase(name: string): Promise<void>;
  stop(): Promise<void>;
}

function createMonitor(admin: Database): Monitor {
  return {
    async isBlocked(backend) {
      const { rows } = await sql<{ blocked: boolean }>`
        select cardinality(pg_blocking_pids(${backend})) > 0 as blocked`.execute(admin.db);
      return rows[0]!.blocked;
    },
    async terminate(backends) {
      // Its own waiting looks every tenth of a second only, and a simulation kills thousands.
      for (let left = backends; left.length > 0;) {
        const { rows } = await sql<{ pid: number; waits_for: number[] }>`
          select pid, pg_blocking_pids(pid) as waits_for
          from pg_stat_activity where pid = any (${left}::integer[])`.execute(admin.db);
        left = rows.map(({ pid }) => pid);
        // First those for whom nobody waits: whoever is let go by another's end would go on and write.
        const last = new Set(rows.flatMap((row) => row.waits_for));
        const first = left.filter((pid) => !last.has(pid));
        const next = first.length > 0 ? first : left;
        await sql`select pg_terminate_backend(pid) from unnest(${next}::integer[]) as pid`.execute(admin.db);
      }
    },
  };
}

/** A transaction of the engine is open while all the others take their turns, however long a slow machine makes that. */
const patient = "?statement_timeout=0&idle_in_transaction_session_timeout=0";

/** A statement of ours that would wait for a paused process of the simulation fails instead. */
const impatient = "?options=-c%20lock_timeout%3D30";

/** @param url a server whose user may create databases. */
export async function startSimulationServer(url: string): Promise<SimulationServer> {
  const admin = connect(url, { max: 2, applicationName: "spillway-simulation-monitor" });
  const at = (name: string): string => Object.assign(new URL(url), { pathname: `/${name}` }).href;
  const template = `simulation_template_${process.pid}`;
  await sql`create database ${sql.id(template)}`.execute(admin.db);
  await migrate(at(template));
  return {
    monitor: createMonitor(admin),
    async createDatabase(name) {
      await sql`drop database if exists ${sql.id(name)} with (force)`.execute(admin.db);
      await sql`create database ${sql.id(name)} template ${sql.id(template)}`.execute(admin.db);
      // Whoever closes the circle must be the one that fails: all others looked for it as soon as they began to wait.
      await sql`alter database ${sql.id(name)} set deadlock_timeout = '1ms'`.execute(admin.db);
      const observer = connect(`${at(name)}${impatient}`, {
        max: 4,
        applicationName: "spillway-simulation-observer",
      });
      return { url: `${at(name)}${patient}`, observer };
    },
    async dropDatabase(name) {
      await sql`drop database ${sql.id(name)} with (force)`.execute(admin.db);
    },
    async stop() {
      await sql`drop database ${sql.id(template)} with (force)`.execute(admin.db);
      await admin.close();
    },
  };
}
