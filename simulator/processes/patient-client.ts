import { setTimeout as sleep } from "node:timers/promises";

/** Asks the engine's API until it has an answer that says yes. */
export interface PatientClient {
  /**
   * A lost answer is asked for again, so every POST must be one that names the same thing twice.
   * @throws when the engine refuses the request, or the time is up.
   */
  ask<T>(method: "GET" | "POST", path: string, body?: object): Promise<T>;
}

/** Answers that may be others a moment later. */
const passing = new Set([408, 409, 425, 429]);
const patienceMs = 120_000;

export function createPatientClient(url: string, apiKey: string, signal: AbortSignal): PatientClient {
  async function once(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: number; text: string }> {
    try {
      const response = await fetch(new URL(path, url), {
        method,
        headers: {
          authorization: `Bearer ${apiKey}`,
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(15_000)]),
      });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      signal.throwIfAborted();
      return { status: 0, text: String(error) }; // cut, refused or too slow: whether it was done is not known
    }
  }

  return {
    async ask<T>(method: "GET" | "POST", path: string, body?: object): Promise<T> {
      const deadline = performance.now() + patienceMs;
      for (;;) {
        const { status, text } = await once(method, path, body);
        if (status >= 200 && status < 300) return (text === "" ? null : JSON.parse(text)) as T;
        const refused = status >= 400 && status < 500 && !passing.has(status);
        if (refused || performance.now() > deadline)
          throw new Error(`${method} ${path} answered ${status}: ${text.slice(0, 500)}`);
        await sleep(200, undefined, { signal });
      }
    },
  };
}
