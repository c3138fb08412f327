import { spawnSync } from "node:child_process";
import { chownSync } from "node:fs";
import { join } from "node:path";
import { installed } from "./installation.ts";
import { freePorts, type Server, startServer, type User } from "./servers.ts";

/** A fresh cluster with the defaults of the package, which flush at every commit. */
export async function startPostgres(folder: string): Promise<Server> {
  const user = mustNotBeRoot();
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const args = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"];
  const made = spawnSync(installed("initdb"), args, { cwd: folder, encoding: "utf8", ...user });
  if (made.status !== 0) throw new Error(`initdb ended with ${made.status}: ${made.stderr}`, { cause: made.error });
  const ports = await freePorts("postgres");
  const settings = `-D ${data} -p ${ports.postgres} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder}`;
  const plan = { program: installed("postgres"), args: settings.split(" "), ports, folder, signal: "SIGQUIT" } as const;
  return startServer(user ? { ...plan, user } : plan);
}

/** PostgreSQL refuses to run as root; its package makes a user for it. Gives none if whoever runs the bench will do. */
function mustNotBeRoot(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = ["-u", "-g"].map((which) => {
    const { status, stdout } = spawnSync("id", [which, "postgres"], { encoding: "utf8" });
    if (status !== 0) throw new Error("there is no user postgres, whom the package postgresql makes");
    return Number(stdout);
  });
  return { uid: uid ?? 0, gid: gid ?? 0 };
}
