/** The servers that peers need: each on free ports of the loopback address, in a folder of its own, stopped by its own id. */
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { end, endsWithBench } from "../ends-with-bench.ts";

export interface Server {
  /** As it could be typed. */
  readonly command: string;
  readonly processId: number;
  readonly ports: Readonly<Record<string, number>>;
  readonly stop: () => Promise<void>;
}

export interface ServerPlan {
  readonly program: string;
  readonly args: readonly string[];
  readonly ports: Readonly<Record<string, number>>;
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Left out: who runs the bench. */
  readonly user?: User;
  /** At which it ends at once, together with its own processes. */
  readonly signal?: NodeJS.Signals;
}

export interface User {
  readonly uid: number;
  readonly gid: number;
}

const readyWithinMs = 30_000;

export async function startServer(plan: ServerPlan): Promise<Server> {
  const { program, args, ports, folder, environment = {}, user = {}, signal } = plan;
  const logFile = join(folder, "server.log");
  const log = openSync(logFile, "a");
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ["ignore", log, log],
    ...user,
  });
  closeSync(log);
  endsWithBench(child, signal);
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const failed = Promise.withResolvers<never>();
  child.once("error", failed.reject);
  for (const port of Object.values(ports)) {
    await Promise.race([failed.promise, untilListening(port, isOver)]).catch(async (cause: unknown) => {
      await end(child);
      throw new Error(`${program} does not start; it says:\n${readFileSync(logFile, "utf8")}`, { cause });
    });
  }
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const typedArgs = args.map((arg) => (/^[\w./:=-]+$/.test(arg) ? arg : `'${arg}'`));
  return {
    command: [...settings, program, ...typedArgs].join(" "),
    processId: child.pid ?? 0,
    ports,
    stop: () => end(child),
  };
}

async function untilListening(port: number, isOver: () => boolean): Promise<void> {
  const until = performance.now() + readyWithinMs;
  while (!(await accepts(port))) {
    if (isOver()) throw new Error("the process has ended");
    if (performance.now() > until) throw new Error(`nobody listens at port ${port}`);
    await new Promise((rested) => setTimeout(rested, 25));
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const tell = (does: boolean) => {
      socket.destroy();
      resolve(does);
    };
    socket.once("connect", () => tell(true)).once("error", () => tell(false));
  });
}

/** Different ones: all are held until the last is known. */
export async function freePorts<Name extends string>(...names: readonly Name[]): Promise<Record<Name, number>> {
  const holders = await Promise.all(names.map(() => listenAnywhere()));
  const entries = holders.map(
    (holder, at) => [names[at], (holder.address() as { readonly port: number }).port] as const,
  );
  await Promise.all(holders.map((holder) => new Promise((closed) => holder.close(closed))));
  return Object.fromEntries(entries) as Record<Name, number>;
}

function listenAnywhere(): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}
