/** What happened in a world, line by line, and a fingerprint of it: two runs of one seed must have the same. */
export interface TraceLine {
  readonly atMs: number;
  readonly text: string;
  /** Of a message: who sends it, and to whom. */
  readonly from?: Part;
  readonly to?: Part;
}

/** The parts between which messages go, as a sequence diagram has them. */
export const parts = ["caller", "engine", "journal", "bus", "workers"] as const;
export type Part = (typeof parts)[number];

/** Enough for any world; a longer trace keeps its end. */
const mostLines = 20_000;

export class Trace {
  readonly lines: TraceLine[] = [];
  private readonly isKept: boolean;
  /** Milliseconds since the world began. */
  private readonly now: () => number;
  private hash = 0x811c9dc5;

  constructor(isKept: boolean, now: () => number) {
    this.isKept = isKept;
    this.now = now;
  }

  say(text: string, from?: Part, to?: Part): void {
    const atMs = this.now();
    this.mix(atMs & 0xffff);
    for (let at = 0; at < text.length; at++) this.mix(text.charCodeAt(at));
    if (!this.isKept) return;
    this.lines.push({ atMs, text, ...(from && to ? { from, to } : {}) });
    if (this.lines.length > mostLines) this.lines.shift();
  }

  get fingerprint(): string {
    return (this.hash >>> 0).toString(16).padStart(8, "0");
  }

  /** FNV-1a: it need not be secret, only quick. */
  private mix(value: number): void {
    this.hash = Math.imul(this.hash ^ value, 0x01000193);
  }
}
