/** Retry policies: whether there is a next attempt, and when. Jitter is derived, so that a decision has no randomness. */
import type { Problem } from "../base/problem.ts";
import type { RetryPolicy } from "../definition/workflow.ts";

/** The code of an attempt that the engine's timer ended; `retry.on` and `retry.not` may name it. */
export const timedOutCode = "timed_out";

/** Whether the policy would try again after the `spent`-th attempt ended with this error. */
export function allowsRetry(policy: RetryPolicy, spent: number, error: Problem): boolean {
  if (spent >= policy.attempts) return false;
  if (policy.on && !policy.on.includes(error.code)) return false;
  return !policy.not?.includes(error.code);
}

/** How long to wait after the `spent`-th attempt, in whole milliseconds, at least 1. */
export function backoffMs(policy: RetryPolicy, spent: number, seed: string): number {
  const wait = Math.min(policy.maxMs, policy.initialMs * policy.factor ** (spent - 1));
  const spread = 1 + policy.jitter * (2 * fraction(seed) - 1);
  return Math.max(1, Math.round(wait * spread));
}

/** FNV-1a over UTF-16 units with a final mix, as a fraction from 0 to below 1: the same text, the same fraction. */
function fraction(seed: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < seed.length; at++) {
    hash = Math.imul(hash ^ seed.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
