/**
 * What went wrong, as data: the problem object of RFC 9457, with a stable `code` (events.md, 2).
 * Travels in results and is recorded in events; `code` is what retry policies name.
 */
export interface Problem {
  readonly code: string;
  readonly title: string;
  readonly detail?: string;
  readonly type?: string;
  readonly status?: number;
  readonly instance?: string;
}
