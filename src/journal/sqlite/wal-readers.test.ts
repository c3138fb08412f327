import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { walReaders } from "./wal-readers.ts";

const folder = mkdtempSync(join(tmpdir(), "clew-locks-"));
const journal = join(folder, "journal.db");
writeFileSync(`${journal}-shm`, "");
afterAll(() => rmSync(folder, { recursive: true }));

const { dev, ino } = statSync(`${journal}-shm`);
const device = (number: number) =>
  [(number >> 8) & 0xfff, number & 0xff].map((part) => part.toString(16).padStart(2, "0")).join(":");
const here = `${device(dev)}:${ino}`;

/** No process has so high a number: nobody's command is known. */
const locks = (...lines: readonly string[]) => `${lines.map((line, at) => `${at + 1}: ${line}`).join("\n")}\n`;

test("whoever holds a read lock is named once, the least number first", () => {
  const listed = locks(
    `POSIX  ADVISORY  READ 99999002 ${here} 124 124`,
    `POSIX  ADVISORY  READ 99999001 ${here} 123 123`,
    `POSIX  ADVISORY  READ 99999002 ${here} 127 127`,
    `POSIX  ADVISORY  READ 99999002 ${here} 128 128`,
  );
  expect(walReaders(journal, listed)).toEqual([{ pid: 99_999_001 }, { pid: 99_999_002 }]);
});

test.each([
  ["the lock of every open connection", `POSIX  ADVISORY  READ 99999001 ${here} 128 128`],
  ["the writer's lock", `POSIX  ADVISORY  WRITE 99999001 ${here} 120 120`],
  ["a lock of another file", `POSIX  ADVISORY  READ 99999001 ${device(dev)}:${ino + 1} 124 124`],
  ["a lock that is waited for", `-> POSIX  ADVISORY  READ 99999001 ${here} 124 124`],
  ["a lock of another kind", `FLOCK  ADVISORY  READ 99999001 ${here} 0 EOF`],
  ["a lock of a process that cannot be seen from here", `POSIX  ADVISORY  READ 0 ${here} 124 124`],
])("%s names nobody", (_, line) => {
  expect(walReaders(journal, locks(line))).toEqual([]);
});

test("a lock on another device with the same number counts only where none is on this one", () => {
  const elsewhere = `POSIX  ADVISORY  READ 99999001 ff:ff:${ino} 124 124`;
  expect(walReaders(journal, locks(elsewhere))).toEqual([{ pid: 99_999_001 }]);
  expect(walReaders(journal, locks(elsewhere, `POSIX  ADVISORY  READ 99999002 ${here} 124 124`))).toEqual([
    { pid: 99_999_002 },
  ]);
});

test("without the system's list nobody is named", () => {
  expect(walReaders(journal, undefined)).toEqual([]);
  expect(walReaders(join(folder, "none.db"), locks())).toEqual([]);
});
