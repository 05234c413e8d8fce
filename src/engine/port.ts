import { once } from "node:events";
import { createServer } from "node:net";
import type { Config } from "../config/index.ts";
import { DomainError } from "../errors.ts";

type Place = Pick<Config, "host" | "port">;

/**
 * Listens for a moment where the API will, so that a port that is taken stops the start before it begins.
 * @throws {DomainError} `port_unavailable`
 */
export async function checkPort(place: Place): Promise<void> {
  const server = createServer();
  try {
    server.listen({ ...place });
    await once(server, "listening");
  } catch (error) {
    throw portRefusal(place, error);
  } finally {
    if (server.listening) await new Promise((done) => server.close(done));
  }
}

/** Why nothing can listen there, by the variable that says so. */
export function portRefusal({ host, port }: Place, error: unknown): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case "EADDRINUSE":
      return refusal(
        `PORT ${port} of ${host} is taken by another program. Stop that one, or set PORT to another.`,
        error,
      );
    case "EACCES":
      return refusal(
        `PORT ${port} may be opened by the system's administrator alone. Set PORT to one above 1023.`,
        error,
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return refusal(
        `HOST ${host} is no address of this machine. Set HOST to 127.0.0.1, or to 0.0.0.0 for all of its addresses.`,
        error,
      );
    default:
      return error;
  }
}

const refusal = (message: string, cause: unknown): DomainError =>
  new DomainError("port_unavailable", message, {}, cause);
