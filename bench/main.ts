/** `npm run bench -- <name> [--json] [--seconds n] [--in-flight n,n]` */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { throughput } from "./throughput.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    seconds: { type: "string", default: "20" },
    "in-flight": { type: "string", default: "16,256,1000,4000" },
  },
});

const [name] = positionals;
if (name !== "throughput") {
  process.stderr.write("usage: npm run bench -- throughput [--json] [--seconds n] [--in-flight n,n]\n");
  process.exit(2);
}

const rows = [];
for (const inFlight of values["in-flight"].split(",").map(Number)) {
  process.stderr.write(`throughput: ${inFlight} in flight, ${values.seconds} s …\n`);
  rows.push(await throughput(inFlight, Number(values.seconds)));
}

if (values.json) {
  process.stdout.write(`${JSON.stringify({ bench: name, node: process.version, cpus: cpus().length, rows })}\n`);
} else {
  process.stdout.write(
    `order sagas on a file, WAL, synchronous=FULL (read back when the journal opens); Node ${process.version}, ${cpus().length} cores\n\n`,
  );
  for (const row of rows) {
    process.stdout.write(
      `${String(row.inFlight).padStart(5)} in flight: ${row.sagasPerSecond} sagas/s, ${row.stepsPerSecond} steps/s, ` +
        `${row.cpuSecondsPer1000.toFixed(3)} CPU s per 1,000, ${row.journalBytesPerSaga} B a saga, peak ${row.peakMb} MB\n`,
    );
  }
}
