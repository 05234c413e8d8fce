/** Chains of one family share address forms and code: an EVM address is valid on every EVM chain. */
export type ChainFamily = "evm" | "solana" | "tron" | "aptos";

interface NetworkOf<Family extends ChainFamily> {
  /** As in the registry of assets: "bnb-smart-chain". */
  readonly name: string;
  readonly family: Family;
  /** For people. */
  readonly title: string;
  /** What its environment variables begin with. */
  readonly prefix: string;
  /** Nothing starts without nodes of it. */
  readonly required?: true;
  /** Pages of a transaction, with `{hash}` where its hash stands; the first one is the one to show. */
  readonly explorers: readonly string[];
  readonly providerNames: ProviderNames;
}

/** What others call the network. Left out: they do not serve it, or we have not seen that they do. */
export interface ProviderNames {
  readonly changenow?: string;
  /** The ticker is that of the native coin, which their list shows without a contract to know it by. */
  readonly simpleswap?: { readonly network: string; readonly nativeTicker: string };
}

export interface EvmNetwork extends NetworkOf<"evm"> {
  /** The id that its nodes must have, unless the environment says otherwise. */
  readonly chainId: number;
  /** Most we pay for a unit of gas unless the environment says otherwise: decimal gwei. */
  readonly feeCapGwei: string;
  /** Further behind the highest endpoint, one is not believed: about twenty seconds of blocks. */
  readonly mostBlocksBehind: bigint;
  /** So many blocks late a node may list a block's logs: until then it is searched for payments again. About half a minute. */
  readonly watchLagBlocks: bigint;
  /**
   * Final is what a node calls `finalized`. Where that takes minutes, so many confirmations are enough for a payment worth
   * less, unless a setting says otherwise.
   */
  readonly smallPayments?: { readonly belowUsd: string; readonly confirmations: number };
}

export interface SolanaNetwork extends NetworkOf<"solana"> {
  readonly genesisHash: string;
  /** So many slots late a node may list a transaction under an address: until then it is listed again. About a minute. */
  readonly listLagSlots: bigint;
}

export interface TronNetwork extends NetworkOf<"tron"> {
  /** The id of block 0. */
  readonly genesisHash: string;
  /** So late the index may learn of a block, or a fork swap it: what is younger than this is listed again. */
  readonly listLagMs: number;
}

export interface AptosNetwork extends NetworkOf<"aptos"> {
  readonly chainId: number;
  /** GraphQL. */
  readonly indexerUrl: string;
  /** So many versions behind what it says it has, the indexer may still lack rows: until then they are listed again. */
  readonly listLagVersions: bigint;
}

export type Network = EvmNetwork | SolanaNetwork | TronNetwork | AptosNetwork;

/**
 * Every network we run, in the order in which people read of them. Variables, explorer links and the providers' names for a
 * network follow from its object; its assets are in chains/assets.json.
 */
export const networks: readonly Network[] = [
  {
    name: "ethereum",
    family: "evm",
    title: "Ethereum",
    prefix: "ETHEREUM",
    required: true,
    chainId: 1,
    feeCapGwei: "200",
    mostBlocksBehind: 5n, // a minute: two nodes a block or two apart are both well
    watchLagBlocks: 3n,
    smallPayments: { belowUsd: "100", confirmations: 12 },
    explorers: ["https://etherscan.io/tx/{hash}", "https://eth.blockscout.com/tx/{hash}"],
    providerNames: { changenow: "eth", simpleswap: { network: "eth", nativeTicker: "eth" } },
  },
  {
    name: "bnb-smart-chain",
    family: "evm",
    title: "BNB Smart Chain",
    prefix: "BSC",
    chainId: 56,
    feeCapGwei: "20",
    mostBlocksBehind: 45n,
    watchLagBlocks: 40n,
    explorers: ["https://bscscan.com/tx/{hash}"],
    // "bnb" is what ChangeNOW calls the dead Beacon chain.
    providerNames: { changenow: "bsc", simpleswap: { network: "bsc", nativeTicker: "bnb-bsc" } },
  },
  {
    name: "polygon-pos",
    family: "evm",
    title: "Polygon",
    prefix: "POLYGON",
    chainId: 137,
    feeCapGwei: "2000",
    mostBlocksBehind: 10n,
    watchLagBlocks: 12n,
    explorers: ["https://polygonscan.com/tx/{hash}", "https://polygon.blockscout.com/tx/{hash}"],
    providerNames: { changenow: "matic", simpleswap: { network: "matic", nativeTicker: "pol" } },
  },
  {
    name: "base",
    family: "evm",
    title: "Base",
    prefix: "BASE",
    chainId: 8_453,
    feeCapGwei: "20",
    mostBlocksBehind: 10n,
    watchLagBlocks: 12n,
    smallPayments: { belowUsd: "100", confirmations: 10 },
    explorers: ["https://basescan.org/tx/{hash}", "https://base.blockscout.com/tx/{hash}"],
    providerNames: { changenow: "base", simpleswap: { network: "base", nativeTicker: "eth" } },
  },
  {
    name: "arbitrum-one",
    family: "evm",
    title: "Arbitrum One",
    prefix: "ARBITRUM",
    chainId: 42_161,
    feeCapGwei: "20",
    mostBlocksBehind: 80n,
    watchLagBlocks: 100n,
    smallPayments: { belowUsd: "100", confirmations: 40 },
    explorers: ["https://arbiscan.io/tx/{hash}", "https://arbitrum.blockscout.com/tx/{hash}"],
    providerNames: { changenow: "arbitrum", simpleswap: { network: "arbitrum", nativeTicker: "eth" } },
  },
  {
    name: "solana",
    family: "solana",
    title: "Solana",
    prefix: "SOLANA",
    genesisHash: "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d",
    listLagSlots: 150n,
    explorers: [
      "https://solscan.io/tx/{hash}",
      "https://explorer.solana.com/tx/{hash}",
      "https://solana.fm/tx/{hash}",
    ],
    providerNames: { changenow: "sol", simpleswap: { network: "sol", nativeTicker: "sol" } },
  },
  {
    name: "tron",
    family: "tron",
    title: "Tron",
    prefix: "TRON",
    genesisHash: "00000000000000001ebf88508a03865c71d452e25f4d51194196a1d22b6653dc",
    listLagMs: 180_000,
    explorers: ["https://tronscan.org/#/transaction/{hash}", "https://tronscan.io/#/transaction/{hash}"],
    providerNames: { changenow: "trx", simpleswap: { network: "trx", nativeTicker: "trx" } },
  },
  {
    name: "aptos",
    family: "aptos",
    title: "Aptos",
    prefix: "APTOS",
    chainId: 1,
    indexerUrl: "https://api.mainnet.aptoslabs.com/v1/graphql",
    listLagVersions: 20_000n, // some minutes at a hundred transactions a second
    explorers: ["https://explorer.aptoslabs.com/txn/{hash}", "https://aptoscan.com/transaction/{hash}"],
    providerNames: { changenow: "apt" },
  },
];

const byName: ReadonlyMap<string, Network> = new Map(networks.map((network) => [network.name, network]));

/** `null` for a chain we know assets of and run nothing on, such as bitcoin. */
export const findNetwork = (name: string): Network | null => byName.get(name) ?? null;
