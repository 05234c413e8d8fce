import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

/** Compiles sandbox/contracts/*.sol and writes what the sandbox needs of them: the interface and the code to place. */

const folder = new URL("../sandbox/contracts/", import.meta.url);
const names = ["UsdtLike", "StandardToken"];

interface CompilerOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts: Record<
    string,
    Record<string, { abi: unknown; evm: { deployedBytecode: { object: string } } }>
  >;
}

// solc ships no types; this is the one call we make.
const solc = createRequire(import.meta.url)("solc") as { compile(input: string): string };

const output = JSON.parse(
  solc.compile(
    JSON.stringify({
      language: "Solidity",
      sources: Object.fromEntries(
        names.map((name) => [
          `${name}.sol`,
          { content: readFileSync(new URL(`${name}.sol`, folder), "utf8") },
        ]),
      ),
      settings: {
        // An old target runs on every chain version the local node may be told to be.
        evmVersion: "paris",
        optimizer: { enabled: true, runs: 200 },
        // Without the source's hash at the end of the code, the same source gives the same bytes.
        metadata: { bytecodeHash: "none", appendCBOR: false },
        outputSelection: { "*": { "*": ["abi", "evm.deployedBytecode.object"] } },
      },
    }),
  ),
) as CompilerOutput;

const failures = (output.errors ?? []).filter((error) => error.severity === "error");
if (failures.length > 0) throw new Error(failures.map((error) => error.formattedMessage).join("\n"));

for (const name of names) {
  const contract = output.contracts[`${name}.sol`]?.[name];
  if (!contract) throw new Error(`The compiler returned no contract ${name}.`);
  const artifact = { abi: contract.abi, runtimeBytecode: `0x${contract.evm.deployedBytecode.object}` };
  writeFileSync(new URL(`artifacts/${name}.json`, folder), `${JSON.stringify(artifact)}\n`);
  console.log(`${name}: ${contract.evm.deployedBytecode.object.length / 2} bytes`);
}
