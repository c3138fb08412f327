import type { KeptSignal } from "./run.ts";

/** C22: whether a signal that came before its wait is still good for it. */
export const isFresh = ({ at }: KeptSignal, now: number, maxAgeMs: number): boolean => now - at < maxAgeMs;
