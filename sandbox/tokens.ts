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

/** EVM chains of the sandbox, as the registry names them. */
export type LocalChain = "ethereum" | "bnb-smart-chain";

/** Only Tether's own contract on Ethereum has oddities. */
const artifactOf = (assetId: string): Artifact => (assetId === "ethereum:USDT" ? usdtLike : standardToken);

/** Assets that really exist on a chain of the sandbox: its coin, and every token of the registry. */
export const assetsOn = (chain: LocalChain): readonly Asset[] => [
  registry.native(chain),
  ...registry.all.filter((asset) => asset.chain === chain && asset.contract !== null),
];

export const localAssetIds: readonly string[] = assetsOn("ethereum").map(({ id }) => id);
const bscAssetIds: readonly string[] = assetsOn("bnb-smart-chain").map(({ id }) => id);

/** The asset, which must exist on an EVM chain of the sandbox. @throws when it does not */
export function localAsset(assetId: string): Asset {
  if (localAssetIds.includes(assetId) || bscAssetIds.includes(assetId)) return registry.get(assetId);
  throw new Error(
    `The sandbox's EVM chains have no ${assetId}; they have ${[...localAssetIds, ...bscAssetIds].join(", ")}.`,
  );
}

const decimalsSlot = `0x${"1".padStart(64, "0")}`;

/** Places the tokens of a chain at their real addresses. */
export async function placeTokens(anvil: AnvilControl, chain: LocalChain = "ethereum"): Promise<void> {
  for (const { id, contract, decimals } of assetsOn(chain))
    if (contract !== null) await placeToken(anvil, contract, { artifact: artifactOf(id), decimals });
}

async function placeToken(
  anvil: AnvilControl,
  contract: string,
  { artifact, decimals }: { artifact: Artifact; decimals: number },
): Promise<void> {
  await anvil.setCode(contract, artifact.runtimeBytecode);
  if (artifact === standardToken) await anvil.setStorage(contract, decimalsSlot, BigInt(decimals));
}

/** A token that the registry does not know, where anybody may have as much of it as they like. */
export const placeUnlistedToken = (anvil: AnvilControl, contract: string, decimals: number): Promise<void> =>
  placeToken(anvil, contract, { artifact: standardToken, decimals });

/** Calldata of the registry's way to move a token; its answer differs, its call does not. */
export const transferData = (to: string, amount: bigint): Hex =>
  encodeFunctionData({ abi: standardToken.abi, functionName: "transfer", args: [to, amount] });

const balanceSlot = (address: string): Hex =>
  keccak256(encodeAbiParameters([{ type: "address" }, { type: "uint256" }], [address as Hex, 0n]));

async function tokenBalance(anvil: AnvilControl, address: string, contract: string): Promise<bigint> {
  const data = encodeFunctionData({ abi: standardToken.abi, functionName: "balanceOf", args: [address] });
  return BigInt(await anvil.rpc<string>("eth_call", [{ to: contract, data }, "latest"]));
}

export async function balanceOf(anvil: AnvilControl, address: string, assetId: string): Promise<bigint> {
  const { contract } = localAsset(assetId);
  return contract === null ? anvil.getBalance(address) : tokenBalance(anvil, address, contract);
}

/** Gives coins out of nothing, at once, without a transaction. */
export async function fund(
  anvil: AnvilControl,
  address: string,
  assetId: string,
  amount: bigint,
): Promise<void> {
  const { contract } = localAsset(assetId);
  if (contract === null) return anvil.setBalance(address, (await anvil.getBalance(address)) + amount);
  await fundToken(anvil, address, contract, amount);
}

async function fundToken(
  anvil: AnvilControl,
  address: string,
  contract: string,
  amount: bigint,
): Promise<void> {
  const balance = (await tokenBalance(anvil, address, contract)) + amount;
  await anvil.setStorage(contract, balanceSlot(address), balance);
}

/** A real transfer on the chain, from an address whose key nobody has. @returns its hash */
export function transfer(
  anvil: AnvilControl,
  { from, to, assetId, amount }: { from: string; to: string; assetId: string; amount: bigint },
): Promise<string> {
  const { contract } = localAsset(assetId);
  if (contract === null) return anvil.sendAs({ from, to, value: amount });
  return anvil.sendAs({ from, to: contract, data: transferData(to, amount) });
}

/** The same of any token, listed or not, which the sender is given first. */
export async function transferToken(
  anvil: AnvilControl,
  { from, to, contract, amount }: { from: string; to: string; contract: string; amount: bigint },
): Promise<string> {
  await fundToken(anvil, from, contract, amount);
  return anvil.sendAs({ from, to: contract, data: transferData(to, amount) });
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
