import { coins } from "./coins.ts";
import { ExchangeEngine, type EngineWorld } from "./exchange-engine.ts";
import { createRateOffers, type RateOffers } from "./rate-offers.ts";
import { createDesk, label, type Desk, type Exchange, type Pair, type SwapCoin } from "./swap-desk.ts";
import type { ExchangeView, PricesControl, SwapEmulatorControl } from "./types.ts";
import { readWireAmount } from "./wire-amount.ts";
import type { WireAnswer, WireRequest } from "./wire-server.ts";

export interface SwapEmulator extends SwapEmulatorControl {
  handle(request: WireRequest): WireAnswer;
  heal(): void;
}

export interface SwapWorld extends Omit<EngineWorld, "name" | "desk"> {
  readonly prices: PricesControl;
}

/** What stands behind the wire of an emulated swap provider, whichever it is. */
export interface SwapOffice {
  readonly desk: Desk;
  readonly engine: ExchangeEngine;
  readonly rates: RateOffers;
  isActive(pair: Pair): boolean;
  /** The refusal that the next create must answer with, if any. */
  takeRefusal(): string | undefined;
}

const isSwapCoin = (coin: object & { swap: unknown }): coin is SwapCoin => coin.swap !== null;

/** Every coin that can be swapped, under the tickers of ChangeNOW. */
export const swapCoins: readonly SwapCoin[] = coins.filter(isSwapCoin);

/** Text that says something. */
export const textOf = (value: unknown): string | null =>
  typeof value === "string" && value !== "" ? value : null;

const repeat = <T>(value: T, times: number): T[] => Array.from({ length: times }, () => value);

/** @param door the provider's own wire: how it answers, and how it shows an exchange. */
export function createSwapEmulator(
  name: string,
  world: SwapWorld,
  door: (office: SwapOffice) => {
    handle(request: WireRequest): WireAnswer;
    present(exchange: Exchange): ExchangeView;
  },
): SwapEmulator {
  const { settings } = world;
  const desk = createDesk(settings, world.prices);
  const engine = new ExchangeEngine({ name, desk, ...world });
  const inactive = new Set<string>();
  let refusals: string[] = [];
  const { handle, present } = door({
    desk,
    engine,
    rates: createRateOffers(world.clock),
    isActive: ({ from, to }) => from !== to && !inactive.has(`${label(from)}>${label(to)}`),
    takeRefusal: () => refusals.shift(),
  });
  return {
    settings,
    handle,
    configure: (changed) => void Object.assign(settings, changed),
    setMinAmount: (minimum) => desk.setMinimum(minimum),
    setPairActive({ from, to, active }) {
      if (active) inactive.delete(`${from}>${to}`);
      else inactive.add(`${from}>${to}`);
    },
    nextOutcome: (outcome, times = 1) => void engine.outcomes.push(...repeat(outcome, times)),
    defaultOutcome: (outcome) => void (engine.defaultOutcome = outcome),
    setOutcome: (id, outcome) => engine.setOutcome(id, outcome),
    release: (id) => engine.release(id),
    refuseNext: (error, times = 1) => void refusals.push(...repeat(error, times)),
    deposit(id, amount) {
      const units = readWireAmount(amount);
      if (units === null) throw new Error(`"${amount}" is not an amount above zero.`);
      engine.depositByHand(engine.find(id), units);
    },
    exchange: (id) => present(engine.find(id)),
    outcomeOf: (id) => engine.find(id).outcome.kind,
    exchanges: () => [...engine.exchanges.values()].map(present),
    heal() {
      refusals = [];
      inactive.clear();
      engine.outcomes = [];
      engine.defaultOutcome = { kind: "deliver" };
    },
  };
}
