/**
 * `peers`: each peer in turn with Clew. Its settings are tried first; the best of them then runs as many rounds as Clew,
 * one after the other, so that both see the same machine.
 */
import { measure } from "../measure.ts";
import { percentile } from "../spread.ts";
import { CannotRun, requirePackages, requirePrograms } from "./installation.ts";
import { type PeerName, peerNames, plans, type Setting } from "./plans.ts";
import { type PeerRun, runPeer } from "./run-peer.ts";

export interface Comparison {
  readonly peer: PeerName;
  readonly title: string;
  readonly trials: readonly PeerRun[];
  /** Of the best setting. */
  readonly rounds: readonly PeerRun[];
  readonly clew: readonly ClewRun[];
  /** Of the medians of sagas per second, Clew's by the peer's. */
  readonly ratio: number;
  readonly goal: number;
}

export type ClewRun = Pick<PeerRun, "sagasPerSecond" | "p50AloneMs" | "cpuSecondsPer1000" | "peakMb">;

export interface CompareOptions {
  readonly only: readonly PeerName[];
  readonly seconds: number;
  readonly rounds: number;
}

const clewInFlight = 1000;
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
    const trials: (PeerRun & { readonly of: Setting })[] = [];
    for (const setting of settings) {
      process.stderr.write(`${title}, trying: ${setting.name} …\n`);
      trials.push({ ...(await runPeer(peer, setting, seconds / 2)), of: setting });
    }
    const [best] = trials.toSorted((a, b) => b.sagasPerSecond - a.sagasPerSecond);
    if (!best) throw new Error(`${title} has no setting`);
    const ofPeer: PeerRun[] = [];
    const ofClew: ClewRun[] = [];
    for (let round = 1; round <= rounds; round++) {
      process.stderr.write(`${title}, ${best.setting}, and Clew: round ${round} of ${rounds} …\n`);
      ofPeer.push(await runPeer(peer, best.of, seconds));
      ofClew.push(await runClew(seconds));
    }
    const ratio = medianRate(ofClew) / medianRate(ofPeer);
    yield { peer, title, trials: trials.map(({ of: _, ...run }) => run), rounds: ofPeer, clew: ofClew, ratio, goal };
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
