import type { Clock } from "../../src/clock.ts";
import {
  aptCoin,
  inventHash,
  padded,
  pairedMetadata,
  primaryStore,
  short,
  stranger,
  usdcMetadata,
} from "./names.ts";
import type { AptosTransactionOptions, AptosTransfer, WireObject } from "./types.ts";

export interface Entry {
  readonly version: bigint;
  readonly hash: string;
  /** As the node tells it. */
  readonly wire: WireObject;
  readonly at: Date;
  /** Rows of the indexer's table of activities. */
  readonly activities: readonly WireObject[];
}

interface CoinStore {
  readonly owner: string;
  readonly coinType: string;
  /** Creation number of the deposit handle; the withdraw handle has the next. */
  readonly handle: number;
  balance: bigint;
}

interface FungibleStore {
  readonly address: string;
  readonly owner: string;
  readonly metadata: string;
  balance: bigint;
}

const gasUsed = 18n;
const gasUnitPrice = 100n;
const endless = 10n ** 18n;
const frameworkGuid = { creation_number: "0", account_address: "0x0" };

interface Draft {
  readonly events: WireObject[];
  readonly activities: WireObject[];
  readonly coinStores: Set<CoinStore>;
  readonly fungibleStores: Set<FungibleStore>;
  readonly deleted: CoinStore[];
}

/** The invented ledger: accounts, stores, and every transaction since its beginning. */
export class Ledger {
  readonly entries: Entry[] = [];
  private readonly clock: Clock;
  private readonly coinStores = new Map<string, CoinStore>();
  private readonly fungibleStores = new Map<string, FungibleStore>();
  private readonly handles = new Map<string, number>();
  private next = 3_600_000_000n;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get head(): bigint {
    return this.next - 1n;
  }

  /** Of both forms together, as the node answers. @param asset coin type or metadata address. */
  balanceOf(owner: string, asset: string): bigint {
    const isCoin = asset.includes("::");
    const metadata = isCoin ? pairedMetadata(asset) : asset;
    const coins = isCoin ? this.coinStores.get(`${padded(owner)} ${asset}`)?.balance : 0n;
    return (coins ?? 0n) + (this.fungibleStores.get(primaryStore(owner, metadata))?.balance ?? 0n);
  }

  commit(
    transfers: readonly AptosTransfer[],
    options: AptosTransactionOptions = {},
    hash = inventHash(),
  ): Entry {
    this.next += BigInt(options.after ?? 2); // block metadata and checkpoints lie between
    const version = this.next++;
    const sender = transfers[0]?.from ?? stranger;
    const draft: Draft = {
      events: [],
      activities: [],
      coinStores: new Set(),
      fungibleStores: new Set(),
      deleted: [],
    };
    if (options.fails !== true) for (const transfer of transfers) this.move(draft, transfer);
    if (options.migrates === true) this.migrate(draft);
    this.chargeGas(draft, options.feePayer ?? sender, options.gasEvent === true);
    const at = this.clock.now();
    const shared = {
      transaction_version: Number(version),
      is_transaction_success: options.fails !== true,
      transaction_timestamp: at.toISOString().slice(0, -1),
    };
    const entry = {
      version,
      hash,
      at,
      wire: this.wireOf(draft, { version, hash, at, sender, transfers, options }),
      activities: draft.activities.map((row) => ({ ...row, ...shared })),
    };
    this.entries.push(entry);
    return entry;
  }

  private move(draft: Draft, transfer: AptosTransfer): void {
    const { from = stranger, to, amount } = transfer;
    const asset = transfer.asset === "APT" ? aptCoin : transfer.asset;
    const style = transfer.style ?? (asset.includes("::") ? "coin" : "fungible");
    if (style === "coin") {
      const events = transfer.events ?? "handle";
      this.moveCoins(draft, this.coinStore(from, asset), { direction: "out", amount, events });
      this.moveCoins(draft, this.coinStore(to, asset), { direction: "in", amount, events });
      return;
    }
    const metadata = asset.includes("::") ? pairedMetadata(asset) : asset;
    const target =
      transfer.store === "secondary"
        ? { address: inventHash(), owner: padded(to), metadata, balance: 0n }
        : this.primaryStore(to, metadata);
    this.moveFungible(draft, this.primaryStore(from, metadata), "out", amount);
    this.moveFungible(draft, target, "in", amount);
  }

  private moveCoins(
    draft: Draft,
    store: CoinStore,
    { direction, amount, events }: { direction: "in" | "out"; amount: bigint; events: string },
  ): void {
    store.balance += direction === "in" ? amount : -amount;
    draft.coinStores.add(store);
    const row = { owner_address: store.owner, asset_type: store.coinType, amount, token_standard: "v1" };
    if (events !== "handle") {
      const type = `0x1::coin::${direction === "in" ? "CoinDeposit" : "CoinWithdraw"}`;
      const data = { coin_type: store.coinType, account: short(store.owner), amount: String(amount) };
      emit(draft, { guid: frameworkGuid, type, data }, row);
    }
    if (events === "module") return;
    const creation = String(store.handle + (direction === "in" ? 0 : 1));
    emit(
      draft,
      {
        guid: { creation_number: creation, account_address: short(store.owner) },
        type: `0x1::coin::${direction === "in" ? "DepositEvent" : "WithdrawEvent"}`,
        data: { amount: String(amount) },
      },
      row,
    );
  }

  private moveFungible(draft: Draft, store: FungibleStore, direction: "in" | "out", amount: bigint): void {
    store.balance += direction === "in" ? amount : -amount;
    draft.fungibleStores.add(store);
    const name = direction === "in" ? "Deposit" : "Withdraw";
    const row = { owner_address: store.owner, asset_type: store.metadata, amount, token_standard: "v2" };
    const data = { amount: String(amount), store: short(store.address) };
    if (store.metadata === usdcMetadata)
      draft.events.push(
        eventOf({
          guid: frameworkGuid,
          type: `${usdcMetadata}::stablecoin::${name}`,
          data: { ...data, store_owner: short(store.owner) },
        }),
      );
    emit(draft, { guid: frameworkGuid, type: `0x1::fungible_asset::${name}`, data }, row);
  }

  private migrate(draft: Draft): void {
    for (const store of draft.coinStores) {
      if (store.owner === padded(stranger)) continue;
      draft.events.push(
        eventOf({
          guid: frameworkGuid,
          type: "0x1::coin::CoinStoreDeletion",
          data: {
            coin_type: store.coinType,
            event_handle_creation_address: short(store.owner),
            deleted_deposit_event_handle_creation_number: String(store.handle),
            deleted_withdraw_event_handle_creation_number: String(store.handle + 1),
          },
        }),
      );
      const target = this.primaryStore(store.owner, pairedMetadata(store.coinType));
      target.balance += store.balance;
      draft.fungibleStores.add(target);
      draft.coinStores.delete(store);
      draft.deleted.push(store);
      this.coinStores.delete(`${store.owner} ${store.coinType}`);
    }
  }

  private chargeGas(draft: Draft, payer: string, byEvent: boolean): void {
    const amount = gasUsed * gasUnitPrice;
    const store = this.primaryStore(payer, "0xa");
    if (byEvent) this.moveFungible(draft, store, "out", amount);
    draft.activities.push({
      owner_address: padded(payer),
      asset_type: aptCoin,
      amount: String(amount),
      event_index: -1,
      is_gas_fee: true,
    });
    draft.events.push(
      eventOf({
        guid: frameworkGuid,
        type: "0x1::transaction_fee::FeeStatement",
        data: {
          execution_gas_units: "7",
          io_gas_units: "11",
          storage_fee_octas: "0",
          storage_fee_refund_octas: "0",
          total_charge_gas_units: String(gasUsed),
        },
      }),
    );
  }

  private coinStore(account: string, coinType: string): CoinStore {
    const owner = padded(account);
    const key = `${owner} ${coinType}`;
    const existing = this.coinStores.get(key);
    if (existing) return existing;
    const handle = this.handles.get(owner) ?? 2;
    this.handles.set(owner, handle + 2);
    const balance = owner === padded(stranger) ? endless : 0n;
    const created = { owner, coinType, handle, balance };
    this.coinStores.set(key, created);
    return created;
  }

  private primaryStore(account: string, metadata: string): FungibleStore {
    const owner = padded(account);
    const address = primaryStore(owner, metadata);
    const existing = this.fungibleStores.get(address);
    if (existing) return existing;
    const balance = owner === padded(stranger) ? endless : 0n;
    const created = { address, owner, metadata: padded(metadata), balance };
    this.fungibleStores.set(address, created);
    return created;
  }

  private wireOf(
    draft: Draft,
    {
      version,
      hash,
      at,
      sender,
      transfers,
      options,
    }: {
      version: bigint;
      hash: string;
      at: Date;
      sender: string;
      transfers: readonly AptosTransfer[];
      options: AptosTransactionOptions;
    },
  ): WireObject {
    const failed = options.fails === true;
    return {
      version: String(version),
      hash,
      state_change_hash: inventHash(),
      event_root_hash: inventHash(),
      state_checkpoint_hash: null,
      gas_used: String(gasUsed),
      success: !failed,
      vm_status: failed
        ? "Move abort in 0x1::fungible_asset: EINSUFFICIENT_BALANCE(0x10004): "
        : "Executed successfully",
      accumulator_root_hash: inventHash(),
      changes: changesOf(draft),
      ...submitted(sender, transfers, options, at),
      events: draft.events,
      timestamp: `${at.getTime()}000`,
      type: "user_transaction",
    };
  }
}

const eventOf = (event: { guid: object; type: string; data: object }): WireObject => ({
  guid: event.guid,
  sequence_number: "0",
  type: event.type,
  data: event.data,
});

function emit(
  draft: Draft,
  event: { guid: object; type: string; data: object },
  row: { amount: bigint } & WireObject,
): void {
  draft.activities.push({
    ...row,
    amount: String(row.amount),
    type: event.type,
    event_index: draft.events.length,
    is_gas_fee: false,
  });
  draft.events.push(eventOf(event));
}

/** What a transaction says before it is executed. It asks for the transfers, whatever becomes of them. */
export function submitted(
  sender: string,
  transfers: readonly AptosTransfer[],
  { feePayer }: AptosTransactionOptions,
  at: Date,
): WireObject {
  const key = { public_key: inventHash(), signature: `${inventHash()}${inventHash().slice(2)}` };
  const single = { ...key, type: "ed25519_signature" };
  const sponsored = {
    sender: single,
    secondary_signer_addresses: [],
    secondary_signers: [],
    fee_payer_address: feePayer === undefined ? undefined : short(feePayer),
    fee_payer_signer: single,
    type: "fee_payer_signature",
  };
  return {
    sender: short(sender),
    sequence_number: "7",
    max_gas_amount: "200000",
    gas_unit_price: String(gasUnitPrice),
    expiration_timestamp_secs: String(Math.floor(at.getTime() / 1000) + 30),
    payload: {
      function: "0x1::aptos_account::batch_transfer_coins",
      type_arguments: [aptCoin],
      arguments: [transfers.map(({ to }) => short(to)), transfers.map(({ amount }) => String(amount))],
      type: "entry_function_payload",
    },
    signature: feePayer === undefined ? single : sponsored,
    replay_protection_nonce: null,
  };
}

const written = (address: string, type: string, data: WireObject): WireObject => ({
  address: short(address),
  state_key_hash: inventHash(),
  data: { type, data },
  type: "write_resource",
});

const handleOf = (store: CoinStore, number: number): WireObject => ({
  counter: "1",
  guid: { id: { addr: short(store.owner), creation_num: String(number) } },
});

function changesOf({ coinStores, fungibleStores, deleted }: Draft): WireObject[] {
  const coins = [...coinStores].map((store) =>
    written(store.owner, `0x1::coin::CoinStore<${store.coinType}>`, {
      coin: { value: String(store.balance) },
      deposit_events: handleOf(store, store.handle),
      frozen: false,
      withdraw_events: handleOf(store, store.handle + 1),
    }),
  );
  const fungible = [...fungibleStores].flatMap(({ address, owner, metadata, balance }) => [
    written(address, "0x1::fungible_asset::FungibleStore", {
      balance: String(balance),
      frozen: false,
      metadata: { inner: short(metadata) },
    }),
    written(address, "0x1::object::ObjectCore", {
      allow_ungated_transfer: false,
      guid_creation_num: "1125899906842625",
      owner: short(owner),
      transfer_events: {
        counter: "0",
        guid: { id: { addr: short(address), creation_num: "1125899906842624" } },
      },
    }),
  ]);
  const gone = deleted.map((store) => ({
    address: short(store.owner),
    state_key_hash: inventHash(),
    resource: `0x1::coin::CoinStore<${store.coinType}>`,
    type: "delete_resource",
  }));
  return [...coins, ...fungible, ...gone];
}
