import { manualClock } from "../../clock.ts";
import { registry } from "../../money/index.ts";
import { describeRecordedDeposits, fixturesOf, type Fixture } from "../testing/deposit-fixtures.ts";
import { createAptosChain } from "./aptos-chain.ts";

type Responses = Fixture["responses"];

interface RecordedEvent {
  type: string;
  guid: { account_address: string; creation_number: string };
  data: { amount?: string; store?: string };
}

interface Recorded {
  type: string;
  hash: string;
  success: boolean;
  payload: { arguments: unknown[] };
  events: RecordedEvent[];
}

const clock = manualClock(new Date("2026-01-15T10:30:00Z"));
const api = "http://aptos.example/v1";

const ledgerInfo = (chainId: number) => ({
  chain_id: chainId,
  epoch: "13000",
  ledger_version: "9999999999",
  oldest_ledger_version: "0",
  ledger_timestamp: `${clock.now().getTime()}000`,
  node_role: "full_node",
});

/** The recordings are of both networks. */
const chainIdOf = ({ name }: Fixture): number => (name.endsWith(".testnet") ? 2 : 1);

function open(fixture: Fixture, responses: Responses) {
  const answers: Responses = { ledger_info: ledgerInfo(chainIdOf(fixture)), ...responses };
  const byUrl = new Map([
    [api, answers["ledger_info"]],
    [`${api}/transactions/by_hash/${fixture.expected.txHash}`, answers["transactions_by_hash"]],
  ]);
  return createAptosChain({
    apiUrls: [api],
    indexerUrl: `${api}/graphql`,
    apiKey: null,
    chainId: chainIdOf(fixture),
    registry,
    clock,
    requestTimeoutMs: 1_000,
    fetch: async (input) => {
      const answer = byUrl.get(String(input));
      if (answer !== undefined) return Response.json(answer);
      return Response.json({ message: "", error_code: "web_framework_error" }, { status: 404 });
    },
  });
}

function changed(fixture: Fixture, change: (transaction: Recorded) => void): Responses {
  const responses = structuredClone(fixture.responses);
  change(responses["transactions_by_hash"] as Recorded);
  return responses;
}

const replaced = (fixture: Fixture, from: string | RegExp, to: string): Responses =>
  JSON.parse(JSON.stringify(fixture.responses).replaceAll(from, to));

const isDeposit = ({ type }: RecordedEvent): boolean => /^0x1::.*::(Deposit|DepositEvent)$/.test(type);
const stranger = `0x${"5".repeat(64)}`;

/** Who is paid, what is paid, and whether. */
function changedIdentity(fixture: Fixture): readonly (readonly [string, Responses, bigint])[] {
  const recipient = fixture.expected.recipient ?? stranger;
  const apt = "0x1::aptos_coin::AptosCoin>";
  const elsewhere = ({ events }: Recorded) => {
    for (const { guid, data } of events.filter(isDeposit))
      if (data.store === undefined) guid.account_address = stranger;
      else data.store = stranger;
  };
  return [
    [
      "§7 4 a namesake coin of somebody else",
      replaced(fixture, `<${apt}`, "<0xbad::aptos_coin::AptosCoin>"),
      0n,
    ],
    ["§7 7 a coin whose name begins alike", replaced(fixture, apt, "0x1::aptos_coin::AptosCoinX>"), 0n],
    ["§7 7 a coin in other letter case", replaced(fixture, apt, "0x1::aptos_coin::APTOSCOIN>"), 0n],
    ["§7 7 a fungible asset of other metadata", replaced(fixture, '"inner":"0xa"', '"inner":"0xb"'), 0n],
    ["another recipient everywhere", replaced(fixture, recipient, stranger), 0n],
    ["another owner", replaced(fixture, `"owner":"${recipient}"`, `"owner":"${stranger}"`), 0n],
    ["another store", changed(fixture, elsewhere), 0n],
    ["another hash", changed(fixture, (transaction) => (transaction.hash = stranger)), 0n],
    ["another network", { ...fixture.responses, ledger_info: ledgerInfo(99) }, 0n],
    ["§7 20 failed", changed(fixture, (transaction) => (transaction.success = false)), 0n],
    ["pending", changed(fixture, (transaction) => (transaction.type = "pending_transaction")), 0n],
    ["§7 21 another type of event", replaced(fixture, /::(Deposit|DepositEvent)"/g, '::Approve"'), 0n],
  ];
}

/** How much is paid, and what must not matter. */
function changedAmount(fixture: Fixture): readonly (readonly [string, Responses, bigint])[] {
  const paid = BigInt(fixture.expected.amountBaseUnits ?? "0");
  const amount = (text: string) =>
    changed(fixture, ({ events }) => events.filter(isDeposit).forEach(({ data }) => (data.amount = text)));
  const returned = ({ events }: Recorded) => {
    for (const { type, guid, data } of events.filter(isDeposit)) {
      const creation_number = data.store === undefined ? "3" : guid.creation_number;
      events.push({ type: type.replace("Deposit", "Withdraw"), guid: { ...guid, creation_number }, data });
    }
  };
  const asksForMore = ({ payload }: Recorded) =>
    (payload.arguments = [fixture.expected.recipient, "99999999999999"]);
  return [
    ["an amount of 1", amount("1"), 1n],
    ["§7 9 an amount of 0", amount("0"), 0n],
    ["more than any coin has", amount("9".repeat(40)), 0n],
    ["a fraction", amount("10.5"), 0n],
    ["a negative amount", amount("-10"), 0n],
    ["all of it sent back", changed(fixture, returned), 0n],
    [
      "other positions",
      changed(fixture, ({ events }) => events.unshift(structuredClone(events.at(-1)!))),
      paid,
    ],
    ["§7 5 other decimals", replaced(fixture, '"decimals":8', '"decimals":0'), paid],
    ["§7 7 a payload that asks for more", changed(fixture, asksForMore), paid],
  ];
}

describeRecordedDeposits("aptos", {
  fixtures: fixturesOf("aptos"),
  open,
  mutations: (fixture) =>
    [...changedIdentity(fixture), ...changedAmount(fixture)]
      // Some are about one of the two standards only.
      .filter(([, responses]) => JSON.stringify(responses) !== JSON.stringify(fixture.responses))
      .map(([name, responses, most]) => ({ name, responses, most })),
});
