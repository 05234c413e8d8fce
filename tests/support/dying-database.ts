import type { KyselyPlugin } from "kysely";
import type { Db } from "../../src/database/index.ts";

const death = "the process died here";

/** The database as a process has it that dies as soon as its statement of this number was answered, whatever comes after it. */
function dyingAfter(db: Db, statement: number): Db {
  let answered = 0;
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    transformResult({ result }) {
      answered += 1;
      return answered >= statement ? Promise.reject(new Error(death)) : Promise.resolve(result);
    },
  };
  return db.withPlugin(plugin);
}

/** The database as a process has it that stands still after its statement of this number, until it may go on. */
export function standingAfter(
  db: Db,
  statement: number,
): { db: Db; stands: Promise<void>; goOn: () => void } {
  let goOn = (): void => undefined;
  let stand = (): void => undefined;
  const going = new Promise<void>((resolve) => (goOn = resolve));
  const stands = new Promise<void>((resolve) => (stand = resolve));
  let answered = 0;
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      answered += 1;
      if (answered !== statement) return result;
      stand();
      await going;
      return result;
    },
  };
  return { db: db.withPlugin(plugin), stands, goOn };
}

/**
 * Has somebody do something again and again, each time on a database that goes away one statement later, until they live to the end.
 * @param check what must hold after each death. @returns after how many statements somebody died.
 */
export async function dieAtEachStatement(
  db: Db,
  act: (dying: Db) => Promise<unknown>,
  check: () => Promise<void>,
): Promise<number> {
  for (let statement = 1; ; statement++) {
    try {
      await act(dyingAfter(db, statement));
      return statement - 1;
    } catch (error) {
      if (!(error instanceof Error) || !JSON.stringify(chainOf(error)).includes(death)) throw error;
    }
    await check();
  }
}

function chainOf(error: unknown): string[] {
  const messages: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) messages.push(at.message);
  return messages;
}
