import { apt } from "./aptos-assets.ts";
import { checked, eventSchemas, resourceSchemas, unusable, type UserTransaction } from "./answers.ts";
import { fullType, primaryStoreOf } from "./move-names.ts";

/** One coming or going at an address of ours. */
export interface Movement {
  /** Position among the transaction's events. */
  readonly event: number;
  readonly direction: "in" | "out";
  readonly owner: string;
  /** Coin type or metadata address, in full length. */
  readonly contract: string;
  readonly amount: bigint;
  /**
   * Whether it lies where only the owner takes from: the coin store or the primary store. Whoever made another store and
   * gave it to the owner may have kept a way to take the money back (`object.move`: an object owns itself).
   */
  readonly ownersAlone: boolean;
}

type Found = Movement & { readonly by: "store" | "handle" | "module" };
type Place = Pick<Movement, "owner" | "contract" | "ownersAlone">;
type Event = UserTransaction["events"][number];

const typeOf = (name: string): string => fullType(`0x1::${name}`);
const types = {
  deposit: typeOf("fungible_asset::Deposit"),
  withdraw: typeOf("fungible_asset::Withdraw"),
  depositEvent: typeOf("coin::DepositEvent"),
  withdrawEvent: typeOf("coin::WithdrawEvent"),
  coinDeposit: typeOf("coin::CoinDeposit"),
  coinWithdraw: typeOf("coin::CoinWithdraw"),
  coinStoreDeletion: typeOf("coin::CoinStoreDeletion"),
  feeStatement: typeOf("transaction_fee::FeeStatement"),
  objectCore: typeOf("object::ObjectCore"),
  fungibleStore: typeOf("fungible_asset::FungibleStore"),
  coinStore: typeOf("coin::CoinStore"),
} as const;

/** Framework events that move money, and no others: an issuer's own, such as Circle's, repeat one of these. */
const moves: ReadonlyMap<string, Pick<Found, "direction" | "by">> = new Map([
  [types.deposit, { direction: "in", by: "store" }],
  [types.withdraw, { direction: "out", by: "store" }],
  [types.depositEvent, { direction: "in", by: "handle" }],
  [types.withdrawEvent, { direction: "out", by: "handle" }],
  [types.coinDeposit, { direction: "in", by: "module" }],
  [types.coinWithdraw, { direction: "out", by: "module" }],
]);

const handleKey = (address: string, creationNumber: bigint): string => `${address}/${creationNumber}`;

/** The stores and event handles that the transaction's own changes explain. */
function placesIn({ changes, events }: UserTransaction) {
  const owners = new Map<string, string>();
  const metadata = new Map<string, string>();
  const handles = new Map<string, Place>();
  for (const change of changes) {
    if (!("data" in change)) continue;
    const { address } = change;
    const { type, data } = change.data;
    if (type === types.objectCore) owners.set(address, checked(resourceSchemas.objectCore, data).owner);
    if (type === types.fungibleStore)
      metadata.set(address, checked(resourceSchemas.fungibleStore, data).metadata.inner);
    if (!type.startsWith(`${types.coinStore}<`)) continue;
    const place = { owner: address, contract: type.slice(types.coinStore.length + 1, -1), ownersAlone: true };
    const store = checked(resourceSchemas.coinStore, data);
    for (const { guid } of [store.deposit_events, store.withdraw_events])
      handles.set(handleKey(guid.id.addr, guid.id.creation_num), place);
  }
  for (const event of events) {
    if (event.type !== types.coinStoreDeletion) continue;
    const gone = checked(eventSchemas.coinStoreDeletion, event.data);
    const owner = gone.event_handle_creation_address;
    const place = { owner, contract: gone.coin_type, ownersAlone: true };
    handles.set(handleKey(owner, gone.deleted_deposit_event_handle_creation_number), place);
    handles.set(handleKey(owner, gone.deleted_withdraw_event_handle_creation_number), place);
  }
  return { owners, metadata, handles };
}

/** What is known of a store: by the changes, or because its address is one of a watched owner's primary stores. */
function createStoreFinder(
  { owners, metadata }: ReturnType<typeof placesIn>,
  watched: ReadonlySet<string>,
  listedMetadata: readonly string[],
): (store: string) => Place | null {
  let computed: ReadonlyMap<string, Place> | null = null;
  const primaryStores = () =>
    new Map(
      [...watched].flatMap((owner) =>
        listedMetadata.map(
          (contract) => [primaryStoreOf(owner, contract), { owner, contract, ownersAlone: true }] as const,
        ),
      ),
    );
  return (store) => {
    const owner = owners.get(store);
    const contract = metadata.get(store);
    if (owner !== undefined && contract !== undefined) {
      if (!watched.has(owner)) return null;
      return { owner, contract, ownersAlone: primaryStoreOf(owner, contract) === store };
    }
    // Left unchanged in the end, so not among the changes: rare, and dear for many watched addresses.
    computed ??= primaryStores();
    return computed.get(store) ?? null;
  };
}

/**
 * The event by which gas was taken from, or storage refunded to, its payer: no payment. It stands right before the fee
 * statement where the framework writes one at all.
 * @throws {ProviderError} `events_incomplete`: the fee statement, which ends the list since 2023, is not there.
 */
function gasEventOf({ events, sender, signature, gas_unit_price: price }: UserTransaction): number | null {
  const at = events.findLastIndex(({ type }) => type === types.feeStatement);
  if (at < 0) throw unusable("readDeposits", "events_incomplete", { events: events.length });
  const event = events[at - 1];
  if (event === undefined || (event.type !== types.withdraw && event.type !== types.deposit)) return null;
  const fee = checked(eventSchemas.feeStatement, events[at]?.data);
  const { store, amount } = checked(eventSchemas.storeMove, event.data);
  const charged = fee.total_charge_gas_units * price - fee.storage_fee_refund_octas;
  const isGas =
    amount !== 0n &&
    charged === (event.type === types.withdraw ? amount : -amount) &&
    store === primaryStoreOf(signature?.fee_payer_address ?? sender, apt.metadata);
  return isGas ? at - 1 : null;
}

function placeOfHandle({ guid }: Event, handles: ReadonlyMap<string, Place>, watched: ReadonlySet<string>) {
  const place = handles.get(handleKey(guid.account_address, guid.creation_number));
  // Ours, and the answer does not say of which coin: no ground for any verdict.
  if (place === undefined && watched.has(guid.account_address))
    throw unusable("readDeposits", "unexplained_coin_event", { account: guid.account_address });
  return place ?? null;
}

/**
 * Every movement of coins and fungible assets at the watched addresses, in the order of the events. Proved by events and
 * changes alone: what the payload asks for may not have happened.
 * @throws {ProviderError} `malformed_answer`, `events_incomplete`, `unexplained_coin_event`
 */
export function movementsOf(
  transaction: UserTransaction,
  watched: ReadonlySet<string>,
  listedMetadata: readonly string[],
): readonly Movement[] {
  const places = placesIn(transaction);
  const findStore = createStoreFinder(places, watched, listedMetadata);
  const gasEvent = gasEventOf(transaction);
  const found = transaction.events.flatMap((event, index): Found[] => {
    const move = moves.get(event.type);
    if (move === undefined || index === gasEvent) return [];
    const [place, amount] = readMove(event, move.by);
    if (place === null || !watched.has(place.owner)) return [];
    return [{ event: index, ...move, ...place, amount }];
  });
  return withoutTwins(found);

  function readMove(event: Event, by: Found["by"]): readonly [Place | null, bigint] {
    if (by === "store") {
      const { store, amount } = checked(eventSchemas.storeMove, event.data);
      return [findStore(store), amount];
    }
    if (by === "module") {
      const { account: owner, coin_type: contract, amount } = checked(eventSchemas.coinMove, event.data);
      return [{ owner, contract, ownersAlone: true }, amount];
    }
    const { amount } = checked(eventSchemas.handleMove, event.data);
    return [placeOfHandle(event, places.handles, watched), amount];
  }
}

/**
 * A framework in between wrote both a module event and a handle event for one movement. The switch is the chain's, the
 * same for a whole transaction: where a coin store has module events, they tell everything.
 */
function withoutTwins(found: readonly Found[]): readonly Movement[] {
  const keyOf = ({ owner, contract }: Found) => `${owner} ${contract}`;
  const told = new Set(found.filter(({ by }) => by === "module").map(keyOf));
  return found.filter((movement) => movement.by !== "handle" || !told.has(keyOf(movement)));
}
