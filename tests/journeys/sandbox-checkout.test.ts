import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, startWorld, type World } from "../support/index.ts";

/** What a browser without script does: reads the page, and submits its form. */
const look = (url: string): Promise<Response> => fetch(url);
const pay = (url: string, coin: string): Promise<Response> =>
  fetch(url, { method: "POST", body: new URLSearchParams({ coin }), redirect: "manual" });

describe("the sandbox's checkout page", () => {
  let world: World;
  let payee: string;
  beforeAll(async () => {
    world = await startWorld({ worker: false });
    payee = await world.payee();
  });
  afterAll(() => world.stop());

  /** An order, and where its payer is sent. */
  async function order(description?: string): Promise<{ id: string; url: string }> {
    const splits = [{ payee_id: payee, share_bps: 10_000 }];
    const { id } = await world.client.post("/v1/orders", { body: { price_usd: "25", splits, description } });
    await world.drain();
    const { checkout_url: url } = await world.client.get("/v1/orders/{id}", { params: { path: { id } } });
    return { id, url: url ?? "" };
  }
  const paymentsOf = (id: string) =>
    world.sandbox.nowpayments.payments().filter((one) => one.order_id === id);

  test("checkout_url leads there; who chooses a coin and pays sees it through, and the order is paid", async () => {
    const { id, url } = await order();
    const offered = await look(url);
    expect(offered.status).toBe(200);
    const shown = await offered.text();
    expect(shown).toContain("<h1>25 USD</h1>");
    expect(shown).toContain('<option value="btc">');
    expect(shown).not.toContain("http-equiv");
    const paid = await pay(url, "eth");
    expect(paid.status).toBe(303);
    const next = new URL(paid.headers.get("location") ?? "", url).href;
    expect(next).toBe(url);
    const last = await eventually("the page says paid", async () => {
      const text = await (await look(next)).text();
      // Until then it reloads itself, and offers nothing to press.
      if (!text.includes('aria-current="step">Paid<')) {
        expect(text).toContain('http-equiv="refresh"');
        expect(text).not.toContain("<button");
        return null;
      }
      return text;
    });
    expect(last).not.toContain("http-equiv");
    await eventually("the order paid", async () => {
      await world.drain({ future: true, maxRounds: 1 });
      return (await world.client.get("/v1/orders/{id}", { params: { path: { id } } })).status === "paid";
    });
  });

  test("pressed twice, at once or later, it pays once", async () => {
    const { id, url } = await order();
    const answers = await Promise.all([pay(url, "eth"), pay(url, "btc")]);
    answers.push(await pay(url, "eth"));
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
    expect(paymentsOf(id)).toHaveLength(1);
  });

  test("a payment that ended in vain may be tried again", async () => {
    const { id, url } = await order();
    await pay(url, "eth");
    const [first] = paymentsOf(id);
    await eventually("finished", () => paymentsOf(id)[0]?.payment_status === "finished");
    await world.sandbox.nowpayments.setStatus(first!.payment_id, "expired");
    expect(await (await look(url)).text()).toContain("The time to pay ran out.");
    await pay(url, "btc");
    expect(paymentsOf(id)).toHaveLength(2);
  });

  test("a coin that is not offered pays nothing", async () => {
    const { id, url } = await order();
    const refused = await pay(url, "doge");
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain("This coin cannot be paid with.");
    expect(paymentsOf(id)).toEqual([]);
  });

  test("what the shop says is text, never markup", async () => {
    const { url } = await order('<script>alert("1")</script> & more');
    const answer = await look(url);
    expect(await answer.text()).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; more");
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  test.each(["?iid=1", "?iid=", "", "?iid=1e9", "?iid=-1", `?iid=${"9".repeat(40)}`])(
    "an invoice that is none, %s, is a plain page saying so",
    async (query) => {
      const { origin } = new URL((await order()).url);
      for (const answer of [
        await look(`${origin}/payment/${query}`),
        await pay(`${origin}/payment/${query}`, "eth"),
      ]) {
        expect(answer.status).toBe(404);
        expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
        expect(await answer.text()).toContain("There is no such invoice.");
      }
    },
  );
});
