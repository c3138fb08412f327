/** Starts a case in a process of its own (`case.ts`), and gives what it measured. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { CaseName, Given, Measured } from "./case.ts";
import { endsWithBench } from "./ends-with-bench.ts";

export function measure<Name extends CaseName>(name: Name, given: Given<Name>): Promise<Measured<Name>> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL("./case.ts", import.meta.url)), { serialization: "advanced" });
    endsWithBench(child);
    child.once("message", (said: { readonly measured: Measured<Name> } | { readonly error: string }) => {
      if ("error" in said) reject(new Error(said.error));
      else resolve(said.measured);
    });
    child.once("exit", (code) => reject(new Error(`the process of ${name} ended with ${code}`)));
    child.send({ name, given });
  });
}
