import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, startWorld, type World } from "../support/index.ts";
import { startChromium, type Chromium, type Page } from "./start-chromium.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** Where whoever wants to look at the pages has them put. */
const pictures = process.env["SCREENSHOTS"];

let world: World;
let chromium: Chromium;
beforeAll(async () => {
  [world, chromium] = await Promise.all([startWorld({ worker: false }), startChromium()]);
});
afterAll(async () => {
  await chromium.stop();
  await world.stop();
});

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

describe.each([
  ["a desktop", { width: 1_280, height: 900, phone: false }],
  ["a phone", { width: 390, height: 844, phone: true }],
])("/docs on %s", (name, screen) => {
  let page: Page;
  const there = (selector: string) =>
    eventually(selector, () =>
      page.evaluate<boolean>(`document.querySelector(${JSON.stringify(selector)}) !== null`),
    );
  const click = async (selector: string) => {
    await there(selector);
    await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
  };
  /** React hears of what is typed by the event, not by the value. */
  const type = async (selector: string, text: string) => {
    await there(selector);
    await page.evaluate(`(() => {
      const field = document.querySelector(${JSON.stringify(selector)});
      Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value").set.call(field, ${JSON.stringify(text)});
      field.dispatchEvent(new Event("input", { bubbles: true }));
    })()`);
  };

  /** Nothing that axe finds, nothing beyond the side of the screen, and a picture for whoever wants to look. */
  async function expectReadable(what: string): Promise<void> {
    await page.evaluate(`${axe}; null`);
    const violations = await page.evaluate<Violation[]>(
      "axe.run(document).then((found) => found.violations)",
    );
    const said = violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
    );
    if (pictures !== undefined) {
      mkdirSync(pictures, { recursive: true });
      writeFileSync(join(pictures, `docs-${name}-${what}.png`.replaceAll(" ", "-")), await page.screenshot());
    }
    expect(said).toEqual([]);
    const beyond = await page.evaluate<string[]>(`[...document.querySelectorAll("#swagger-ui *")]
      .filter((one) => one.getBoundingClientRect().right > ${screen.width} && !one.closest("pre"))
      .map((one) => one.className)`);
    expect(beyond, "wider than the screen").toEqual([]);
  }

  beforeAll(async () => {
    page = await chromium.open(screen);
    await page.goto(`${world.engine.url}/docs`);
    await there(".opblock-tag");
  });

  test("can be read, and a person finds what they look for", async () => {
    await expectReadable("closed");
    await click(".btn.authorize");
    await there(".auth-container input");
    await expectReadable("key");
    await click(".close-modal");
    const left = () =>
      page.evaluate<string[]>(`[...document.querySelectorAll(".opblock-tag")].map((tag) => tag.dataset.tag)`);
    for (const [word, tag] of [
      ["payouts", "payouts"],
      ["payments/verify", "payments"],
    ] as const) {
      await type(".operation-filter-input", word);
      await eventually(`what ${word} finds`, async () => (await left()).join() === tag);
    }
  });

  test("an operation has an address of its own, and its body an example", async () => {
    await page.goto("about:blank");
    await page.goto(`${world.engine.url}/docs#/orders/createOrder`);
    await there("#operations-orders-createOrder textarea");
    const example = await page.evaluate<string>(
      `document.querySelector("#operations-orders-createOrder textarea").value`,
    );
    expect(JSON.parse(example)).toMatchObject({ price_usd: "25" });
    await expectReadable("operation");
  });

  test("what is tried with one's own key is answered by the engine that serves the page", async () => {
    await page.goto("about:blank");
    await page.goto(`${world.engine.url}/docs#/payees/listPayees`);
    await click(".btn.authorize");
    await type(".auth-container input", world.apiKey);
    await click(".auth-btn-wrapper .authorize");
    await click(".auth-btn-wrapper .btn-done");
    const operation = "#operations-payees-listPayees";
    await click(`${operation} .execute`);
    await there(`${operation} .live-responses-table .response-col_status`);
    const shown = await page.evaluate<string>(
      `document.querySelector("${operation} .live-responses-table").innerText`,
    );
    expect(shown).toMatch(/200[^]*"has_more": false/);
    await expectReadable("tried");
  });

  test("it asked nobody else, and met no error", () => {
    const own = `${world.engine.url}/`;
    expect(page.requests.filter((url) => !url.startsWith(own) && !/^(data:|about:)/.test(url))).toEqual([]);
    expect(page.errors).toEqual([]);
  });
});
