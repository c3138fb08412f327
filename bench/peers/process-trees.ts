/** What processes and all that they started cost, as Linux tells it in `/proc`. */
import { readdirSync, readFileSync } from "node:fs";

/** `/proc` counts CPU time in these, on every platform that Node runs on. */
const ticksPerSecond = 100;

interface Process {
  readonly id: number;
  readonly parent: number;
  /** Its own, and that of children which have ended. */
  readonly cpuTicks: number;
}

export class ProcessTrees {
  private readonly roots: readonly number[];

  constructor(roots: readonly number[]) {
    this.roots = roots;
  }

  cpuSeconds(): number {
    return this.members().reduce((sum, { cpuTicks }) => sum + cpuTicks, 0) / ticksPerSecond;
  }

  /** Proportional: memory that several processes share is counted once. */
  memoryMb(): number {
    const kilobytes = this.members().map(({ id }) => {
      const rollup = readOrNothing(`/proc/${id}/smaps_rollup`);
      return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
    });
    return kilobytes.reduce((sum, one) => sum + one, 0) / 1024;
  }

  private members(): readonly Process[] {
    const all = processes();
    const members = all.filter(({ id }) => this.roots.includes(id));
    for (const { id } of members) members.push(...all.filter(({ parent }) => parent === id));
    return members;
  }
}

function processes(): readonly Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = readOrNothing(`/proc/${name}/stat`);
      // The name of the program stands in brackets, and may hold blanks and brackets itself.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (fields.length < 15) return [];
      const [parent = 0, ...cpuTicks] = [1, 11, 12, 13, 14].map((at) => Number(fields[at]));
      return [{ id: Number(name), parent, cpuTicks: cpuTicks.reduce((sum, one) => sum + one, 0) }];
    });
}

/** Processes end while they are looked at. */
function readOrNothing(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** Of all disks of the machine, since it started: who else writes to them is counted too. */
export function diskFlushes(): number {
  return readFileSync("/proc/diskstats", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , name = ""]) => /^(?:vd[a-z]+|sd[a-z]+|xvd[a-z]+|nvme\d+n\d+)$/.test(name))
    .reduce((sum, fields) => sum + Number(fields[18] ?? 0), 0);
}
