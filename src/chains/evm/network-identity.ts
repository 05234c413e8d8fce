import { ProviderError } from "../../errors.ts";
import type { ChainFingerprint, FingerprintStore } from "../receiving.ts";
import { blockSchema, checkAnswer } from "./answers.ts";
import type { Endpoint } from "./endpoint.ts";
import { RpcRefusal } from "./rpc-refusal.ts";

export interface Network {
  readonly name: string;
  readonly chainId: number;
  /** Where the fingerprint is kept. Without it the chain id alone decides. */
  readonly fingerprints?: FingerprintStore | undefined;
}

/**
 * Why the node behind an endpoint is on another network than ours, or null. Two networks may share a chain id, so the
 * hashes of the first block and of a block that was final when we first looked must be those we know.
 * @throws {ProviderError} it cannot be told.
 */
export async function whyForeign(endpoint: Endpoint, network: Network): Promise<string | null> {
  const { name, chainId, fingerprints } = network;
  const answer = await endpoint.request("eth_chainId", []);
  const isOurs =
    typeof answer === "string" && /^0x[0-9a-f]{1,16}$/i.test(answer) && BigInt(answer) === BigInt(chainId);
  if (!isOurs) return `serves chain ${String(answer).slice(0, 40)}, not ${chainId}`;
  if (fingerprints === undefined) return null;
  const known =
    (await fingerprints.find(name)) ??
    (await fingerprints.keepFirst(name, await readFingerprint(endpoint, name)));
  return whyOtherBlocks(endpoint, name, known);
}

async function whyOtherBlocks(
  endpoint: Endpoint,
  chain: string,
  { genesisHash, checkpoint }: ChainFingerprint,
): Promise<string | null> {
  const first = await hashAt(endpoint, chain, 0n);
  if (first !== null && genesisHash !== null && first !== genesisHash)
    return `its first block is ${first}, not ${genesisHash}`;
  const later = await hashAt(endpoint, chain, checkpoint.number);
  if (later === checkpoint.hash) return null;
  if (later !== null) return `its block ${checkpoint.number} is ${later}, not ${checkpoint.hash}`;
  throw unproved(chain, endpoint, { missingBlock: String(checkpoint.number) });
}

async function readFingerprint(endpoint: Endpoint, chain: string): Promise<ChainFingerprint> {
  const final = await endpoint.request("eth_getBlockByNumber", ["finalized", false]);
  const { number, hash } = checkAnswer(blockSchema, final, {
    chain,
    operation: "fingerprint",
    endpoint: endpoint.label,
  });
  return { genesisHash: await hashAt(endpoint, chain, 0n), checkpoint: { number, hash } };
}

/** `null`: this node does not have the block, as one that keeps no old history. */
async function hashAt(endpoint: Endpoint, chain: string, number: bigint): Promise<string | null> {
  try {
    const answer = await endpoint.request("eth_getBlockByNumber", [`0x${number.toString(16)}`, false]);
    const asked = { chain, operation: "fingerprint", endpoint: endpoint.label };
    return checkAnswer(blockSchema.nullable(), answer, asked)?.hash ?? null;
  } catch (error) {
    if (error instanceof RpcRefusal) return null;
    throw error;
  }
}

const unproved = (chain: string, endpoint: Endpoint, details: object): ProviderError =>
  new ProviderError(
    { provider: chain, operation: "fingerprint", failure: "retryable", reason: "network_unproved" },
    { endpoint: endpoint.label, ...details },
  );
