/** The demo talks to the engine as anybody would: over HTTP with an API key. */
export interface ApiClient {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: object): Promise<T>;
}

export function createApiClient(url: string, apiKey: string): ApiClient {
  async function call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(new URL(path, url), {
      method,
      headers: { authorization: `Bearer ${apiKey}`, ...(body && { "content-type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  }
  return { get: (path) => call("GET", path), post: (path, body) => call("POST", path, body) };
}

/** The story takes seconds; this ends one that went wrong, on a machine with much else to do as well. */
const patienceMs = 180_000;

/** Asks until the answer is there. @throws when patience ends, saying what was waited for. */
export async function waitFor<T>(what: string, ask: () => Promise<T | null>): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > deadline) throw new Error(`Waited ${patienceMs / 1000} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}
