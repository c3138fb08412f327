/** The bare writer of `floor`. It reads its durability back as the engine's journal does. */
import { parentPort, workerData } from "node:worker_threads";
import { connectWriter, makeDurable } from "../src/journal/sqlite/connection.ts";
import type { RecordedBatch } from "./engine.ts";
import type { FloorTable } from "./floor.ts";

const { file, table } = workerData as { readonly file: string; readonly table: FloorTable };
const db = connectWriter(file);
makeDurable(db, file);

const columns = "run integer not null, version integer not null, at integer not null, events text not null";
const shapes: Readonly<Record<FloorTable, string>> = {
  "as the engine": `create table journal (${columns}, primary key (run, version)) strict`,
  "key alone": `create table journal (${columns}, primary key (run, version)) strict, without rowid`,
  "rowid alone": `create table journal (${columns}) strict`,
  "rows of ten": `create table journal (${columns}) strict`,
};
db.exec(shapes[table]);

const rowsOfOne = table === "rows of ten" ? 10 : 1;
const insertMany = db.prepare(
  `insert into journal values ${Array.from({ length: rowsOfOne }, () => "(?, ?, ?, ?)").join(", ")}`,
);
const insertOne = db.prepare("insert into journal values (?, ?, ?, ?)");
const begin = db.prepare("begin immediate");
const commit = db.prepare("commit");

/** As many sagas side by side as the engine has, each appending in its turn. */
const runsSideBySide = 1000;
let written = 0;

function next(text: string): [number, number, number, string] {
  const run = written % runsSideBySide;
  const version = Math.floor(written / runsSideBySide);
  written++;
  return [run, version, 1_700_000_000_000 + written, text];
}

parentPort?.on("message", ({ transitions, bytes }: RecordedBatch) => {
  const text = `"${"x".repeat(Math.max(0, Math.floor(bytes / transitions) - 2))}"`;
  begin.run();
  let left = transitions;
  for (; left >= rowsOfOne && rowsOfOne > 1; left -= rowsOfOne) {
    insertMany.run(...Array.from({ length: rowsOfOne }, () => next(text)).flat());
  }
  for (; left > 0; left--) insertOne.run(...next(text));
  commit.run();
  parentPort?.postMessage(transitions);
});
