/**
 * What peers are made of: programs of Debian's packages, and packages from the registry, in the versions of the lockfile
 * beside this file. None of them is a dependency of Clew.
 */
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Where each program lies if it is not in the path, the newest last. */
const programs = {
  "redis-server": { debian: "redis-server", elsewhere: "/usr/bin/redis-server" },
  initdb: { debian: "postgresql", elsewhere: "/usr/lib/postgresql/*/bin/initdb" },
  postgres: { debian: "postgresql", elsewhere: "/usr/lib/postgresql/*/bin/postgres" },
} as const;
export type Program = keyof typeof programs;

/** Nothing is wrong with the bench: whoever asked has to ask or to install something else, and the message says what. */
export class CannotRun extends Error {}

export function installed(program: Program): string {
  const path = find(program);
  if (path === undefined) throw new Error(`${program} is not installed`);
  return path;
}

function find(program: Program): string | undefined {
  const inPath = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, program));
  const elsewhere = globSync(programs[program].elsewhere).toSorted((a, b) =>
    a.localeCompare(b, "en", { numeric: true }),
  );
  return [...elsewhere.toReversed(), ...inPath].find((path) => existsSync(path));
}

/** Installs what is missing if it may, and says in one sentence what to install if not. Gives the commands that it ran. */
export function requirePrograms(wanted: readonly Program[]): readonly string[] {
  const missing = wanted.filter((program) => find(program) === undefined);
  if (missing.length === 0) return [];
  const packages = [...new Set(missing.map((program) => programs[program].debian))].join(" ");
  if (process.env["CLEW_TEST_INSTALL"] !== "1") {
    throw new CannotRun(
      `${missing.join(" and ")} not found: run \`apt-get install ${packages}\`, or set CLEW_TEST_INSTALL=1 and the bench installs them`,
    );
  }
  return [
    run("apt-get", ["update", "--quiet"]),
    run("apt-get", ["install", "--yes", "--quiet", "--no-install-recommends", ...packages.split(" ")], {
      DEBIAN_FRONTEND: "noninteractive",
    }),
  ];
}

/** No install script runs: none of the peers needs one. */
export function requirePackages(): readonly string[] {
  if (isUpToDate()) return [];
  return [run("npm", ["ci", "--prefix", here, "--ignore-scripts", "--no-audit", "--no-fund"])];
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly optional?: true }>>;
}

function isUpToDate(): boolean {
  const hidden = join(here, "node_modules/.package-lock.json");
  if (!existsSync(hidden)) return false;
  const [wanted, present] = [join(here, "package-lock.json"), hidden].map(
    (file) => (JSON.parse(readFileSync(file, "utf8")) as Lock).packages,
  );
  return Object.entries(wanted ?? {}).every(
    ([path, { version, optional }]) =>
      path === "" || present?.[path]?.version === version || (optional === true && present?.[path] === undefined),
  );
}

function run(program: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): string {
  const command = [program, ...args].join(" ");
  process.stderr.write(`${command}\n`);
  const { status, error } = spawnSync(program, args, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", process.stderr.fd, process.stderr.fd],
  });
  if (status !== 0) throw new Error(`\`${command}\` ended with ${status}`, { cause: error });
  return command;
}
