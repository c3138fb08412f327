import { freePorts, type Server, startServer } from "./servers.ts";
import { installed } from "./installation.ts";

/** Each write is flushed before it is answered. */
export async function startRedis(folder: string): Promise<Server> {
  const ports = await freePorts("redis");
  const settings = `--port ${ports.redis} --bind 127.0.0.1 --dir ${folder} --appendonly yes --appendfsync always --maxmemory-policy noeviction`;
  return startServer({
    program: installed("redis-server"),
    args: [...settings.split(" "), "--save", ""],
    ports,
    folder,
  });
}
