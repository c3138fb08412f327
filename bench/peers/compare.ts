/**
 * `peers`: each peer in turn with Clew. In every round each of its settings runs once, and Clew after them, so that all see
 * the same machine. The setting with the best median is what Clew is held against.
 */
import { measure } from "../measure.ts";
import { percentile } from "../spread.ts";
import { CannotRun, requirePackages, requirePrograms } from "./installation.ts";
import { type PeerName, peerNames, plans } from "./plans.ts";
import { type PeerRun, runPeer } from "./run-peer.ts";

export interface Comparison {
  readonly peer: PeerName;
  readonly title: string;
  /** One row a setting, one run a round; the best first. */
  readonly settings: readonly (readonly PeerRun[])[];
  readonly clew: readonly ClewRun[];
  /** Of sagas per second, Clew's by the best setting's, one a round. */
  readonly ratios: readonly number[];
  readonly goal: number;
}

export type ClewRun = Pick<PeerRun, "sagasPerSecond" | "p50AloneMs" | "cpuSecondsPer1000" | "peakMb">;

export interface CompareOptions {
  readonly only: readonly PeerName[];
  readonly seconds: number;
  readonly rounds: number;
}

const clewInFlight = 256;
const clewSagasAlone = 300;

export function peersNamed(names: string | undefined): readonly PeerName[] {
  if (names === undefined) return peerNames;
  return names.split(",").map((name) => {
    const found = peerNames.find((each) => each === name);
    if (!found) throw new CannotRun(`there is no peer ${name}: there are ${peerNames.join(", ")}`);
    return found;
  });
}

/** Installs what is missing; gives the commands that it ran. */
export function preparePeers(names: readonly PeerName[]): readonly string[] {
  return [...requirePrograms(names.flatMap((name) => plans[name].programs)), ...requirePackages()];
}

export async function* compare({ only, seconds, rounds }: CompareOptions): AsyncGenerator<Comparison> {
  for (const peer of only) {
    const { title, goal, settings } = plans[peer];
    const tried: PeerRun[][] = settings.map(() => []);
    const clew: ClewRun[] = [];
    for (let round = 1; round <= rounds; round++) {
      for (const [at, setting] of settings.entries()) {
        process.stderr.write(`${title}, round ${round} of ${rounds}: ${setting.name} …\n`);
        tried[at]?.push(await runPeer(peer, setting, seconds));
      }
      process.stderr.write(`${title}, round ${round} of ${rounds}: Clew …\n`);
      clew.push(await runClew(seconds));
    }
    const bestFirst = tried.toSorted((a, b) => medianRate(b) - medianRate(a));
    const ratios = clew.map(({ sagasPerSecond }, at) => sagasPerSecond / (bestFirst[0]?.[at]?.sagasPerSecond ?? NaN));
    yield { peer, title, settings: bestFirst, clew, ratios, goal };
  }
}

async function runClew(seconds: number): Promise<ClewRun> {
  const { sagasPerSecond, cpuSecondsPer1000, peakMb } = await measure("throughput", {
    inFlight: clewInFlight,
    seconds,
  });
  const { p50Ms } = await measure("latency", { sagas: clewSagasAlone });
  return { sagasPerSecond, cpuSecondsPer1000, peakMb, p50AloneMs: p50Ms };
}

function medianRate(runs: readonly ClewRun[]): number {
  const rates = runs.map(({ sagasPerSecond }) => sagasPerSecond);
  return percentile(rates, 50);
}
