import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { CannotRun } from "./installation.ts";
import type { RestateOptions } from "./restate.ts";
import { freePorts, type Server, startServer } from "./servers.ts";

/** The binary of the package for this machine: the package's own program would start it as a child of its own. */
export async function startRestate(folder: string, { partitions }: RestateOptions): Promise<Server> {
  const ports = await freePorts("node", "ingress", "admin");
  return startServer({
    program: binary(),
    args: ["--no-logo", "--base-dir", folder],
    ports,
    folder,
    environment: {
      RESTATE_DEFAULT_NUM_PARTITIONS: String(partitions),
      RESTATE_BIND_IP: "127.0.0.1",
      RESTATE_BIND_PORT: String(ports.node),
      RESTATE_INGRESS__BIND_PORT: String(ports.ingress),
      RESTATE_ADMIN__BIND_PORT: String(ports.admin),
      RESTATE_LISTEN_MODE: "tcp",
      RESTATE_LOG_FILTER: "warn",
      RESTATE_DISABLE_TELEMETRY: "true",
    },
  });
}

function binary(): string {
  const name = `@restatedev/restate-server-${process.platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), "bin/restate-server");
  } catch {
    throw new CannotRun(`Restate has no server for ${process.platform} on ${process.arch}: leave it out by --only`);
  }
}
