/**
 * The guard: a figure stands for work that lies in the peer's own store, six steps for each saga, and for steps that did
 * run. More steps may have run than are stored, since peers may try a step again.
 */
import { stepNames } from "../order.ts";
import type { Work } from "./peer.ts";

export interface Proof {
  /** Sagas that were waited for until their end, and steps that ran, by the counters of the bench. */
  readonly said: Work;
  readonly stored: Work;
}

export function requireAllWork(title: string, { said, stored }: Proof): void {
  const wantedSteps = said.sagas * stepNames.length;
  if (stored.sagas === said.sagas && stored.steps === wantedSteps && said.steps >= wantedSteps) return;
  throw new Error(
    `${title} did other work than it says: ${said.sagas} sagas ended, which have ${wantedSteps} steps; ` +
      `${said.steps} steps ran; its store holds ${stored.sagas} sagas and ${stored.steps} steps`,
  );
}
