import { networks } from "../../chains/index.ts";
import { configTable } from "../../config/index.ts";

/** One variable of the environment that a person is asked for; its flag has the same name. */
export interface Question {
  readonly name: string;
  readonly ask: string;
  /** What it means, as .env and the help say. */
  readonly meaning: string;
  readonly secret: boolean;
  /** Nothing starts without it, and nobody can make it up. */
  readonly required: boolean;
  readonly fallback: string | null;
  /** The variable without which it is not asked. */
  readonly only?: string;
}

const tell = (name: string, ask: string, only?: string): Question => {
  const { meaning, secret, default: fallback } = configTable.find((variable) => variable.name === name)!;
  return {
    name,
    ask,
    meaning,
    secret,
    required: fallback === undefined,
    fallback: fallback ?? null,
    ...(only !== undefined && { only }),
  };
};

const first: readonly Question[] = [
  tell("DATABASE_URL", "URL of your PostgreSQL. Empty: an embedded one, for trying and small use"),
  tell("DATA_DIRECTORY", "Directory for the keys, and for an embedded database"),
  tell("PORT", "Port of the API"),
  tell(
    "PUBLIC_URL",
    "URL at which NOWPayments reaches this engine. Empty: payments are found every ten minutes",
  ),
  tell("NOWPAYMENTS_API_KEY", "NOWPayments: API key"),
  tell("NOWPAYMENTS_IPN_SECRET", "NOWPayments: IPN secret"),
  tell(
    "NOWPAYMENTS_EMAIL",
    "NOWPayments: e-mail of the login. Empty: a payment whose every notice is lost is not found",
  ),
  tell("NOWPAYMENTS_PASSWORD", "NOWPayments: password of that login", "NOWPAYMENTS_EMAIL"),
  tell("CHANGENOW_API_KEY", "ChangeNOW: API key"),
  tell("SIMPLESWAP_API_KEY", "SimpleSwap: API key. Empty: it is not used"),
  tell("COINGECKO_API_KEY", "CoinGecko: API key. Empty: without one, with lower limits"),
  tell("ETHEREUM_RPC_URLS", "Ethereum: URL of a node; better of two, with a comma between them"),
];

/** The networks beside Ethereum: each is used as soon as its nodes are named. */
export const otherNetworks: readonly { readonly title: string; readonly question: Question }[] = networks
  .filter(({ required }) => required !== true)
  .map(({ family, prefix, title }) => ({
    title,
    question: tell(
      `${prefix}_${family === "evm" || family === "solana" ? "RPC" : "API"}_URLS`,
      `${title}: URL of a node; better of two, with a comma between them`,
    ),
  }));

export const passwordQuestion = tell(
  "KEYSTORE_PASSWORD",
  "Password for the keys, of 8 characters or more. Empty: one is made, and written into .env",
);

/** All of them, in the order in which they are asked. */
export const questions: readonly Question[] = [
  ...first,
  ...otherNetworks.map(({ question }) => question),
  passwordQuestion,
];
export const firstQuestions = first;

export const flagOf = (name: string): string => `--${name.toLowerCase().replaceAll("_", "-")}`;
