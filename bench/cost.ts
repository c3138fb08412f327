/** What a stretch of work cost this process, all its threads included. */
export interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** The highest since the process began. */
  readonly peakMb: number;
}

export async function costOf<T>(work: () => Promise<T>): Promise<readonly [T, Cost]> {
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const result = await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const peakMb = Math.round(process.resourceUsage().maxRSS / 1024);
  return [result, { seconds, cpuSeconds: (user + system) / 1e6, peakMb }];
}
