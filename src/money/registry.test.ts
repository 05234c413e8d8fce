import { describe, expect, test } from "vitest";
import { buildRegistry, registry } from "./index.ts";

describe("the pinned registry", () => {
  test("no two assets share an id, and no two of a chain a contract", () => {
    const ids = registry.all.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const contracts = registry.all.flatMap(({ chain, contract }) =>
      contract ? [`${chain}/${contract.toLowerCase()}`] : [],
    );
    expect(new Set(contracts).size).toBe(contracts.length);
  });

  test("every chain has one native coin and one CAIP-2 name", () => {
    for (const chain of registry.chains) {
      const assets = registry.all.filter((asset) => asset.chain === chain);
      expect(assets.filter(({ contract }) => contract === null)).toHaveLength(1);
      expect(registry.native(chain).contract).toBeNull();
      expect(new Set(assets.map(({ chainId }) => chainId)).size).toBe(1);
      expect(assets[0]!.chainId).toMatch(/^[a-z0-9-]{3,8}:[-_a-zA-Z0-9]{1,32}$/);
    }
  });

  test("a contract is found in any letter case where the chain ignores it", () => {
    const tokens = registry.all.filter(({ contract }) => contract !== null);
    for (const asset of tokens.filter(({ chainId }) => chainId.startsWith("eip155:"))) {
      const contract = asset.contract!;
      for (const form of [contract, contract.toLowerCase(), `0x${contract.slice(2).toUpperCase()}`])
        expect(registry.findByContract(asset.chain, form)?.id).toBe(asset.id);
    }
    expect(tokens.length).toBeGreaterThan(0);
  });

  test("a contract of one chain is not found on another", () => {
    const usdt = registry.get("ethereum:USDT");
    expect(registry.findByContract("polygon", usdt.contract!)).toBeNull();
  });

  test("what is not in it is refused by name", () => {
    expect(registry.find("ethereum:NOPE")).toBeNull();
    expect(() => registry.get("ethereum:NOPE")).toThrow(/ethereum:NOPE/);
    expect(() => registry.native("nowhere")).toThrow(/nowhere/);
  });

  test("currencies are assets, and where they are is no chain", () => {
    expect(registry.get("fiat:NGN")).toMatchObject({ decimals: 3, kind: "fiat", contract: null });
    expect(() => registry.native("fiat")).toThrow(/fiat/);
    expect(() => registry.chain("fiat")).toThrow(/fiat/);
  });

  test("two rows of one id do not start", () => {
    const row = {
      symbol: "X",
      chain: "c",
      chainId: "eip155:1",
      contract: null,
      decimals: 18,
      coingeckoId: "x",
      kind: "native",
    };
    expect(() => buildRegistry([row, { ...row, contract: "0x1" }])).toThrow(/share an asset id/);
    expect(() => buildRegistry([{ ...row, decimals: 1.5 }])).toThrow();
  });
});
