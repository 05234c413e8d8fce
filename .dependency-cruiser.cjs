// The import map of docs/architecture.md as rules. Imports go down, a room is entered by its door, and nothing is circular.
const below = ["money", "database", "desk-port", "jobs", "telemetry", "lifecycle", "settings"];
const ledgerAndPorts = ["ledger"];
// What is told is written in the transaction of what happened: everybody who moves money may tell.
const telling = ["notifications"];
// Whom and where: known to everybody who decides, and knowing nobody.
const parties = ["payees", "addresses", "policy"];
const acting = ["payments", "refunds", "earnings", "arrivals", "swaps", "transfers", "banking"];
const deciding = [
  "orders",
  "intake",
  "deposits",
  "gathering",
  "conversions",
  "payouts",
  "access",
  "desk",
  "reconciliation",
  "health",
  "operators",
  "backup",
];
const outside = ["cli", "http", "telegram"];
const rooms = [...below, ...ledgerAndPorts, ...telling, ...parties, ...acting, ...deciding, ...outside];
const readsAll = deciding.filter((room) => !["desk", "reconciliation", "health"].includes(room));

/** Rooms beside or above that one room may enter all the same, each with its reason. */
const sideways = {
  "desk-port": ["database", "money"], // what a room puts on the desk is found by SQL, and may be an amount
  jobs: ["database", "telemetry", "desk-port"], // a job is a row, and says how it went; a dead letter is on the desk
  lifecycle: ["database", "jobs", "telemetry", "money", "desk-port"], // a status is a row, a job looks at it, the desk shows it
  database: ["telemetry"], // migrations and the embedded server report
  settings: ["money", "database"], // a setting is a row, and may be an amount
  arrivals: ["transfers"], // what arrives is in a wallet, and may be a move between two
  swaps: ["transfers", "arrivals"], // a swap is funded by exactly one transfer, and brings something
  payments: ["arrivals", "earnings", "refunds", "transfers"], // a settlement arrives; a payment is made of earnings
  refunds: ["addresses", "transfers", "policy"], // each try is one, goes to no address of ours, and leaves by somebody's word
  intake: ["orders"], // an event is booked by the terms of its order
  deposits: ["orders"], // so is a deposit
  payees: ["transfers", "addresses"], // nobody is paid to an address of ours
  conversions: ["deposits"], // a sale by hand is of deposits
  gathering: ["deposits"], // it moves what deposits brought
  reconciliation: [...readsAll, "desk"], // it compares what each room believes with the world
  health: [...readsAll, "desk", "reconciliation"], // it counts what the others know
};

/** A contract is the test suite that every implementation of a port runs. */
const testCode = "((\\.test|/contract(-bank)?)\\.ts$|/testing/)";
const folders = (names) => `^src/(${names.join("|")})/`;

function layerRule(room, allowed) {
  const forbidden = rooms.filter((other) => other !== room && !allowed.includes(other));
  return {
    name: `room-${room}`,
    comment: `${room} may enter only: ${allowed.join(", ") || "nothing"}. Rooms beside each other hand over by a job.`,
    severity: "error",
    from: { path: `^src/${room}/`, pathNot: testCode },
    to: { path: folders(forbidden) },
  };
}

const layerRules = [
  ...below.map((room) => layerRule(room, sideways[room] ?? [])),
  ...ledgerAndPorts.map((room) => layerRule(room, below)),
  ...telling.map((room) => layerRule(room, below)),
  ...parties.map((room) =>
    layerRule(room, [...below, ...ledgerAndPorts, ...telling, ...(sideways[room] ?? [])]),
  ),
  ...acting.map((room) =>
    layerRule(room, [...below, ...ledgerAndPorts, ...telling, ...(sideways[room] ?? [])]),
  ),
  ...deciding.map((room) =>
    layerRule(room, [
      ...below,
      ...ledgerAndPorts,
      ...telling,
      ...parties,
      ...acting,
      ...(sideways[room] ?? []),
    ]),
  ),
  // The command line runs the API and the whole engine; nothing imports it.
  layerRule("cli", rooms),
  layerRule("http", [...below, ...ledgerAndPorts, ...telling, ...parties, ...acting, ...deciding]),
  layerRule("telegram", [...below, ...ledgerAndPorts, ...telling, ...parties, ...acting, ...deciding]),
];

module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: "no-circle",
      comment: "Two files that need each other are one file, or a third one is missing.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "by-the-door",
      comment: "A room is entered by its index.ts and by no other file.",
      severity: "error",
      from: { path: "^(src/([^/]+)/|src/[^/]+\\.ts$|sandbox/|harness/|simulator/|bench/|tests/|scripts/)" },
      to: {
        path: folders(rooms),
        pathNot: ["^src/[^/]+/index\\.ts$", "^src/$2/"],
      },
    },
    {
      name: "concrete-provider-only-in-engine",
      comment: "Rooms know the port; only src/engine knows who stands behind it.",
      severity: "error",
      from: {
        path: "^src/",
        pathNot: ["^src/engine/", "^src/(providers|chains)/", testCode],
      },
      to: { path: "^src/(providers|chains)/[^/]+/" },
    },
    {
      name: "provider-stands-alone",
      comment: "A provider or chain imports its port, money and its own files, and what is below them.",
      severity: "error",
      from: { path: "^src/(providers|chains)/([^/]+)/", pathNot: testCode },
      to: {
        path: "^src/[^/]+/",
        pathNot: [
          "^src/$1/$2/",
          "^src/$1/[^/]+\\.ts$",
          "^src/(money|telemetry)/",
          // What they call a network stands beside the rest of it.
          "^src/chains/networks\\.ts$",
          // A node that speaks HTTP is asked like any provider.
          "^src/providers/(http-client|circuit-breaker)\\.ts$",
        ],
      },
    },
    {
      name: "provider-beside-provider",
      comment: "Providers never know each other. What all of one kind are tested with lies in testing/.",
      severity: "error",
      from: { path: "^src/(providers|chains)/([^/]+)/" },
      to: { path: "^src/(providers|chains)/[^/]+/", pathNot: ["^src/$1/$2/", "^src/$1/testing/"] },
    },
    {
      name: "port-knows-no-room",
      comment: "The ports are the lowest thing but money.",
      severity: "error",
      from: { path: "^src/(providers|chains)/[^/]+\\.ts$" },
      // The form of an address is pure arithmetic and needs no node: chains/addresses.ts offers it to every room.
      to: {
        path: "^src/[^/]+/",
        pathNot: "^src/(providers/[^/]+|chains/[^/]+|chains/[^/]+/address|money/index)\\.ts$",
      },
    },
    {
      name: "below-knows-no-port",
      severity: "error",
      from: { path: folders([...below, "ledger"]), pathNot: testCode },
      to: { path: "^src/(providers|chains)/" },
    },
    {
      name: "nothing-imports-the-engine",
      comment: "Whoever needs something from the engine is given it.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(engine|cli)/" },
      to: { path: "^src/engine/" },
    },
    {
      name: "engine-cannot-tell",
      comment:
        "The engine does not know whether it runs in the sandbox; only the commands that start one do.",
      severity: "error",
      from: { path: "^src/", pathNot: ["^src/cli/(demo|sandbox|simulate)", testCode] },
      to: { path: "^(sandbox|harness|simulator)/" },
    },
    {
      name: "sandbox-stands-alone",
      comment:
        "The sandbox speaks wire formats only: shared code would hide a shared mistake. Time and errors are neutral.",
      severity: "error",
      from: { path: "^sandbox/", pathNot: testCode },
      to: { path: "^src/", pathNot: "^src/(money/index|clock|errors|ids)\\.ts$" },
    },
    {
      name: "client-stands-alone",
      comment: "Whoever calls the API may copy client/ into a project of their own.",
      severity: "error",
      from: { path: "^client/" },
      to: { path: "^(src|sandbox|harness|simulator|tests|bench|scripts)/" },
    },
    {
      name: "client-is-for-callers",
      comment:
        "The engine answers the API and never calls its own; the demo tells what a caller lives through.",
      severity: "error",
      from: { path: "^(src|sandbox|harness)/", pathNot: ["^src/cli/demo/", testCode] },
      to: { path: "^client/" },
    },
    {
      name: "client-by-the-door",
      severity: "error",
      from: { pathNot: "^client/" },
      to: { path: "^client/", pathNot: "^client/index\\.ts$" },
    },
    {
      name: "no-tests-in-production",
      severity: "error",
      from: { path: "^(src|sandbox|harness|simulator)/", pathNot: testCode },
      to: { path: "(^tests/|^bench/|\\.test\\.ts$)" },
    },
    {
      name: "harness-below-its-users",
      comment:
        "The harness starts worlds for tests, benchmarks, the simulator and the demo, and knows none of them.",
      severity: "error",
      from: { path: "^harness/" },
      to: { path: "^(tests|bench|simulator|src/cli)/" },
    },
    {
      name: "resolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "no-dev-packages-in-engine",
      severity: "error",
      from: { path: "^(src|client)/", pathNot: testCode },
      to: { dependencyTypes: ["npm-dev"] },
    },
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true, // types climb as badly as values
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};
