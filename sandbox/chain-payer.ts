import { registry } from "../src/money/index.ts";
import type { AnvilControl } from "./anvil.ts";
import { inventAddress } from "./coins.ts";
import type { MoreChains } from "./more-chains.ts";
import { placeUnlistedToken, transferData, transferToken } from "./tokens.ts";
import type { ChainPayment, SandboxChain } from "./types.ts";

/** A customer with coins on every chain, for payments that nobody in particular makes. */
export const stranger = inventAddress("evm", "sandbox/stranger");

/** Enough for any token's transfer, so that the node need not find out that it reverts. */
const gasOfAFailure = 200_000n;
const lookAlike = inventAddress("evm", "sandbox/fake usdt");

export interface ChainPayer {
  pay(payment: ChainPayment): Promise<string>;
  fakeUsdt(chain: SandboxChain): Promise<string>;
}

const notStarted = (chain: string): never => {
  throw new Error(`This world was started without ${chain}.`);
};

/** The contract, mint or type of what is paid; null: the chain's coin. */
function contractOf({ chain, asset }: Pick<ChainPayment, "chain" | "asset">): string | null {
  const listed = registry.find(`${chain}:${asset}`);
  return listed === null ? asset : listed.contract;
}

async function payOnEvm(anvil: AnvilControl, payment: ChainPayment): Promise<string> {
  const { to, amount, fails = false, from = stranger } = payment;
  const contract = contractOf(payment);
  if (contract !== null && !fails) return transferToken(anvil, { from, to, contract, amount });
  if (contract !== null) {
    const pauper = inventAddress("evm", "sandbox/pauper");
    await anvil.setBalance(pauper, 10n ** 20n);
    return anvil.sendAs({ from: pauper, to: contract, data: transferData(to, amount), gas: gasOfAFailure });
  }
  if (fails) throw new Error("A plain transfer of the chain's coin does not fail once it is in a block.");
  return anvil.sendAs({ from, to, value: amount });
}

/** Pays on any chain of the world out of a bottomless purse. */
export function createChainPayer(ethereum: AnvilControl, chains: MoreChains): ChainPayer {
  const evm = (chain: "ethereum" | "bnb-smart-chain"): AnvilControl =>
    chain === "ethereum" ? ethereum : (chains.bsc?.anvil ?? notStarted(chain));
  return {
    async pay(payment) {
      const { chain, to, amount, fails = false, from } = payment;
      const sender = from === undefined ? {} : { from };
      switch (chain) {
        case "ethereum":
        case "bnb-smart-chain":
          return payOnEvm(evm(chain), payment);
        case "solana":
          return (chains.solana ?? notStarted(chain)).pay(
            { mint: contractOf(payment), to, amount, ...sender },
            { fails },
          );
        case "tron": {
          const tron = chains.tron ?? notStarted(chain);
          tron.confirm();
          const failure = fails ? { failure: "REVERT" } : {};
          return tron.pay({ to, contract: contractOf(payment), amount, ...sender, ...failure });
        }
        case "aptos":
          return (chains.aptos ?? notStarted(chain)).pay(
            { asset: contractOf(payment) ?? "APT", to, amount, ...sender },
            { fails },
          );
      }
    },
    async fakeUsdt(chain) {
      switch (chain) {
        case "ethereum":
        case "bnb-smart-chain":
          await placeUnlistedToken(evm(chain), lookAlike, registry.get(`${chain}:USDT`).decimals);
          return lookAlike;
        case "solana":
          return (chains.solana ?? notStarted(chain)).newMint();
        case "tron":
          return (chains.tron ?? notStarted(chain)).issueToken({ symbol: "USDT", decimals: 6 });
        case "aptos":
          return (chains.aptos ?? notStarted(chain)).fakeUsdt;
      }
    },
  };
}
