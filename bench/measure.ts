/** Starts a case in a process of its own (`case.ts`), and gives what it measured. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { CaseName, Given, Measured } from "./case.ts";
import { endsWithBench, makeFolder, removeFolder } from "./ends-with-bench.ts";

const program = fileURLToPath(new URL("./case.ts", import.meta.url));

export async function measure<Name extends CaseName>(name: Name, given: Given<Name>): Promise<Measured<Name>> {
  // Whatever a case leaves behind when it is interrupted lies in there.
  const folder = makeFolder(name);
  try {
    const child = fork(program, {
      execArgv: [...process.execArgv, "--expose-gc"],
      serialization: "advanced",
      env: { ...process.env, TMPDIR: folder },
    });
    endsWithBench(child);
    return await answerOf<Name>(child, name, given);
  } finally {
    removeFolder(folder);
  }
}

function answerOf<Name extends CaseName>(child: ChildProcess, name: Name, given: Given<Name>): Promise<Measured<Name>> {
  return new Promise((resolve, reject) => {
    child.once("message", (said: { readonly measured: Measured<Name> } | { readonly error: string }) => {
      if ("error" in said) reject(new Error(said.error));
      else resolve(said.measured);
    });
    child.once("exit", (code) => reject(new Error(`the process of ${name} ended with ${code}`)));
    child.send({ name, given });
  });
}
