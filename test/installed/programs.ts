/**
 * Programs that tests run and that npm does not bring. Tests find them installed. Where one is missing, its tests are
 * skipped and a line says so; with `CI=1` that is a failure. With `CLEW_TEST_INSTALL=1`, which `.ci/run` sets, the set-up
 * of the tests installs what is missing before any of them runs.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

interface Program {
  readonly debianPackage: string;
}

const programs = { strace: { debianPackage: "strace" } } as const satisfies Readonly<Record<string, Program>>;
type ProgramName = keyof typeof programs;

/** The program's path, for tests of `what`; `undefined` where they have to be skipped. */
export function installed(name: ProgramName, what: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const path = pathOf(name, env);
  if (path !== undefined) return path;
  const missing = `${name} is not installed (apt-get install ${programs[name].debianPackage}, or CLEW_TEST_INSTALL=1)`;
  if (isOn(env["CI"])) throw new Error(`${what} must not be skipped in CI: ${missing}`);
  process.stderr.write(`skipped: ${what}, because ${missing}\n`);
  return undefined;
}

/** Throws where one cannot be installed: what was asked for explicitly is not skipped. */
export function installMissing(env: NodeJS.ProcessEnv): void {
  if (!isOn(env["CLEW_TEST_INSTALL"])) return;
  const missing = (Object.keys(programs) as ProgramName[]).filter((name) => pathOf(name, env) === undefined);
  if (missing.length === 0) return;
  const packages = missing.map((name) => programs[name].debianPackage);
  const install = () => aptGet(["install", "--yes", "--no-install-recommends", ...packages], env);
  // A machine without lists of packages, or with old ones, knows them only after an update.
  if (install() === undefined) return;
  const failure = aptGet(["update"], env) ?? install();
  if (failure !== undefined) throw new Error(`cannot install ${packages.join(", ")}, which tests need: ${failure}`);
}

/** What went wrong. */
function aptGet(args: readonly string[], env: NodeJS.ProcessEnv): string | undefined {
  const options = { env: { ...env, DEBIAN_FRONTEND: "noninteractive" }, encoding: "utf8" } as const;
  const { status, stderr, error } = spawnSync("apt-get", args, options);
  return status === 0
    ? undefined
    : (error?.message ?? `apt-get ${args[0]} ended with ${status}: ${stderr.slice(-1000)}`);
}

function pathOf(name: ProgramName, env: NodeJS.ProcessEnv): string | undefined {
  const places = (env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, name));
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const isOn = (value: string | undefined): boolean => value === "1" || value === "true";
