import createFetchClient, {
  type Client as FetchClient,
  type ClientPathsWithMethod,
  type MaybeOptionalInit,
  type MethodResponse,
} from "openapi-fetch";
import type { components, paths } from "./schema.d.ts";

/** Everything the API takes and answers, by the names of openapi.json: `Schemas["Order"]`. */
export type Schemas = components["schemas"];

/** Whatever was answered instead of success. Branch on `code`; `detail` and `next_step` are for a person. */
export class ApiProblem extends Error {
  readonly status: number;
  /** "no_problem": the answer came from something that does not speak for the engine, such as a proxy. */
  readonly code: Schemas["ProblemCode"] | "no_problem";
  readonly detail: string;
  readonly next_step: string;
  /** With `invalid_request`: everything that is wrong; otherwise empty. */
  readonly problems: NonNullable<Schemas["Problem"]["problems"]>;
  /** Names the request in the engine's log; null: the answer named none. */
  readonly request_id: string | null;
  /** Seconds after which trying again makes sense; null: the answer does not say. */
  readonly retry_after: number | null;

  constructor(request: string, response: Response, said: unknown) {
    const problem = isProblem(said) ? said : null;
    const detail = problem?.detail ?? `Something other than the engine answered ${response.status}.`;
    const next_step = problem?.next_step ?? "Check the address, and what stands between here and the engine.";
    super(`${request}: ${detail} ${next_step}`);
    this.name = "ApiProblem";
    this.status = response.status;
    this.code = problem?.code ?? "no_problem";
    this.detail = detail;
    this.next_step = next_step;
    this.problems = problem?.problems ?? [];
    this.request_id = response.headers.get("x-request-id");
    this.retry_after = secondsOf(response.headers.get("retry-after"));
  }
}

const isProblem = (said: unknown): said is Schemas["Problem"] =>
  typeof said === "object" && said !== null && "code" in said && "detail" in said && "next_step" in said;

const secondsOf = (text: string | null): number | null =>
  text !== null && /^\d+$/.test(text) ? Number(text) : null;

type Http = FetchClient<paths, "application/json">;
type Method = "get" | "post" | "put" | "delete";
type Options<Given> = undefined extends Given ? [options?: Given] : [options: Given];

/** One method of HTTP on any path that has it. @returns what success answers. @throws {ApiProblem} for anything else. */
export type Call<Of extends Method> = <Path extends ClientPathsWithMethod<Http, Of>>(
  path: Path,
  ...options: Options<MaybeOptionalInit<paths[Path], Of>>
) => Promise<MethodResponse<Http, Of, Path>>;

export interface Client {
  readonly get: Call<"get">;
  /**
   * Sends an Idempotency-Key of its own unless the options' headers have one. Who may have to repeat a request after a lost answer
   * gives a key that will be the same then: `{ params: { header: { "idempotency-key": "order-1" } }, body }`.
   */
  readonly post: Call<"post">;
  readonly put: Call<"put">;
  readonly delete: Call<"delete">;
}

/**
 * A client of one engine. Paths, parameters, bodies and answers are checked by the types of openapi.json.
 * @param of.url    where the engine answers, such as http://127.0.0.1:8080
 * @param of.apiKey with the scopes of what is called; never sent anywhere else, and in no error
 */
export function createClient({ url, apiKey }: { url: string; apiKey: string }): Client {
  // A redirect would be followed with the key.
  const http = createFetchClient<paths, "application/json">({
    baseUrl: url,
    headers: { authorization: `Bearer ${apiKey}` },
    redirect: "error",
  });
  http.use({
    onRequest({ request }) {
      if (request.method === "POST" && !request.headers.has("idempotency-key"))
        request.headers.set("idempotency-key", crypto.randomUUID());
    },
  });
  const call = <Of extends Method>(method: Of): Call<Of> =>
    (async (path: never, options: never) => {
      const { data, error, response } = await http.request(method, path, options);
      if (!response.ok) throw new ApiProblem(`${method.toUpperCase()} ${String(path)}`, response, error);
      return data;
    }) as Call<Of>;
  return { get: call("get"), post: call("post"), put: call("put"), delete: call("delete") };
}
