import { expect, test } from "vitest";
import { mutants } from "./mutants.ts";
import { impatience, makeEdit, plantMutant, root } from "./plant-mutant.ts";

test.each(mutants)("$name fits the code as it is now", async ({ name, edits }) => {
  for (const edit of [impatience, ...edits]) expect(await makeEdit(root, name, edit)).not.toBe("");
});

test("a mutant that no longer fits the code is told by its name", async () => {
  const edit = { file: "src/money/fee.ts", find: "a line that was never there", replace: "" };
  await expect(plantMutant({ name: "one of last year", edits: [edit] })).rejects.toThrow(
    'The mutant "one of last year" went stale: src/money/fee.ts has 0 places',
  );
});
