import fc from "fast-check";
import { expect, test } from "vitest";
import { loadConfig } from "./index.ts";
import { expectedInstead, readEnvText, renderEnvExample, setInEnvText } from "./env-file.ts";

const set = (text: string, values: Record<string, string>): string =>
  setInEnvText(text, new Map(Object.entries(values)));

test("a variable is set where it stands, or where it is commented out, or at the end; all else stays", () => {
  const before = "# mine\nPORT=1\n\n#HOST=127.0.0.1\nexport LOG_LEVEL=info\nOTHER='a b' # why\n";
  expect(
    set(before, { PORT: "8090", HOST: "0.0.0.0", LOG_LEVEL: "warn", PUBLIC_URL: "https://a.example" }),
  ).toBe(
    "# mine\nPORT=8090\n\nHOST=0.0.0.0\nLOG_LEVEL=warn\nOTHER='a b' # why\n\n" +
      "# Where the processor reaches our webhooks. Empty: payments are found by back-fill only.\nPUBLIC_URL=https://a.example\n",
  );
});

test("the example with the required variables set is a configuration", () => {
  const text = set(renderEnvExample(), {
    NOWPAYMENTS_API_KEY: "np-key",
    NOWPAYMENTS_IPN_SECRET: "ipn-secret",
    CHANGENOW_API_KEY: "cn-key",
    ETHEREUM_RPC_URLS: "https://a.example/?key=1#x,https://b.example",
    KEYSTORE_PASSWORD: "correct horse # battery $HOME",
    PAYOUT_CRON: "*/7 * * * *",
  });
  const config = loadConfig(Object.fromEntries(readEnvText(text)));
  expect(config.keystore.password).toBe("correct horse # battery $HOME");
  expect(config.crons.payout).toBe("*/7 * * * *");
  expect(config.evm.get("ethereum")?.rpcUrls).toEqual(["https://a.example/?key=1#x", "https://b.example"]);
});

test("whatever is set is read again to the letter, or refused by its name alone", () => {
  const value = fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }).map((text) => text.trim());
  fc.assert(
    fc.property(value, (password) => {
      let text: string;
      try {
        text = set("A=1\n#KEYSTORE_PASSWORD=\nB='2'\n", { KEYSTORE_PASSWORD: password });
      } catch (error) {
        expect(error).toMatchObject({ code: "invalid_answer" });
        expect(/\n|\r/.test(password) || ["'", '"', "`"].every((one) => password.includes(one))).toBe(true);
        return;
      }
      const held = readEnvText(text);
      expect(held.get("KEYSTORE_PASSWORD") ?? "").toBe(password);
      expect([held.get("A"), held.get("B")]).toEqual(["1", "2"]);
    }),
    { numRuns: 500 },
  );
});

test("an empty value unsets", () => {
  expect(readEnvText(set("PORT=1\nHOST=::1\n", { PORT: "" }))).toEqual(new Map([["HOST", "::1"]]));
});

test("what a value should be is said without the value", () => {
  expect(expectedInstead("PORT", "eighty")).toBe("must be a whole number from 0 to 65535");
  expect(expectedInstead("PORT", " 80 ")).toBeNull();
  expect(expectedInstead("PROT", "80")).toBe("is no variable of ours");
});
