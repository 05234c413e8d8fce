import { readFileSync } from "node:fs";
import { encodeAbiParameters, encodeFunctionData, keccak256, type Abi, type Hex } from "viem";
import { registry, type Asset } from "../src/money/index.ts";
import type { AnvilControl } from "./anvil.ts";
import type { UsdtControl } from "./types.ts";

interface Artifact {
  readonly abi: Abi;
  readonly runtimeBytecode: Hex;
}

const readArtifact = (name: string): Artifact =>
  JSON.parse(
    readFileSync(new URL(`./contracts/artifacts/${name}.json`, import.meta.url), "utf8"),
  ) as Artifact;

export const usdtLike = readArtifact("UsdtLike");
export const standardToken = readArtifact("StandardToken");

/** Every token of the registry on Ethereum, at its real address; only Tether's has a contract with its oddities. */
const deployed: readonly { readonly assetId: string; readonly artifact: Artifact }[] = registry.all
  .filter((asset) => asset.chain === "ethereum" && asset.contract !== null)
  .map(({ id }) => ({ assetId: id, artifact: id === "ethereum:USDT" ? usdtLike : standardToken }));

/** Assets that really exist on the sandbox's chain. */
export const localAssetIds: readonly string[] = ["ethereum:ETH", ...deployed.map((token) => token.assetId)];

/** The asset, which must exist on the sandbox's chain. @throws when it does not */
export function localAsset(assetId: string): Asset {
  if (!localAssetIds.includes(assetId))
    throw new Error(`The sandbox's chain has no ${assetId}; it has ${localAssetIds.join(", ")}.`);
  return registry.get(assetId);
}

const decimalsSlot = `0x${"1".padStart(64, "0")}`;

/** Places the tokens at their real addresses. */
export async function placeTokens(anvil: AnvilControl): Promise<void> {
  for (const { assetId, artifact } of deployed) {
    const asset = registry.get(assetId);
    if (asset.contract === null) throw new Error(`${assetId} has no contract`);
    await anvil.setCode(asset.contract, artifact.runtimeBytecode);
    if (artifact === standardToken)
      await anvil.setStorage(asset.contract, decimalsSlot, BigInt(asset.decimals));
  }
}

/** Calldata of the registry's way to move a token; its answer differs, its call does not. */
export const transferData = (to: string, amount: bigint): Hex =>
  encodeFunctionData({ abi: standardToken.abi, functionName: "transfer", args: [to, amount] });

export async function balanceOf(anvil: AnvilControl, address: string, assetId: string): Promise<bigint> {
  const asset = localAsset(assetId);
  if (asset.contract === null) return anvil.getBalance(address);
  const data = encodeFunctionData({ abi: standardToken.abi, functionName: "balanceOf", args: [address] });
  return BigInt(await anvil.rpc<string>("eth_call", [{ to: asset.contract, data }, "latest"]));
}

/** Gives coins out of nothing, at once, without a transaction. */
export async function fund(
  anvil: AnvilControl,
  address: string,
  assetId: string,
  amount: bigint,
): Promise<void> {
  const asset = localAsset(assetId);
  const balance = (await balanceOf(anvil, address, assetId)) + amount;
  if (asset.contract === null) return anvil.setBalance(address, balance);
  const key = encodeAbiParameters([{ type: "address" }, { type: "uint256" }], [address as Hex, 0n]);
  await anvil.setStorage(asset.contract, keccak256(key), balance);
}

/** A real transfer on the chain, from an address whose key nobody has. @returns its hash */
export function transfer(
  anvil: AnvilControl,
  { from, to, assetId, amount }: { from: string; to: string; assetId: string; amount: bigint },
): Promise<string> {
  const asset = localAsset(assetId);
  if (asset.contract === null) return anvil.sendAs({ from, to, value: amount });
  return anvil.sendAs({ from, to: asset.contract, data: transferData(to, amount) });
}

/** @param operator any address; the contract obeys everybody */
export function usdtSwitches(anvil: AnvilControl, operator: string): UsdtControl {
  const usdt = registry.get("ethereum:USDT").contract ?? "";
  const call = (functionName: string, args: readonly unknown[]): Promise<string> =>
    anvil.sendAs({
      from: operator,
      to: usdt,
      data: encodeFunctionData({ abi: usdtLike.abi, functionName, args }),
    });
  return {
    setBlackListed: (account, listed) => call("setBlackListed", [account, listed]),
    setPaused: (paused) => call("setPaused", [paused]),
    setFee: (basisPoints, collector) => call("setFee", [BigInt(basisPoints), collector]),
  };
}
