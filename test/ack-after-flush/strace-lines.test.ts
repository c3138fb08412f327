import { expect, test } from "vitest";
import { bytesOf, momentsIn } from "./strace-lines.ts";

const told = (...lines: readonly string[]) =>
  [...momentsIn(lines)].map((moment) =>
    moment.is === "begun" ? `${moment.call.name} ${moment.call.file} begun` : `${moment.call.name} ${moment.result}`,
  );

test("a call on one line has begun and returned", () => {
  expect(told("7  fsync(29</j.db-wal>) = 0", '7  pwrite64(29</j.db-wal>, "a", 1, 32) = 1')).toEqual([
    "fsync /j.db-wal begun",
    "fsync 0",
    "pwrite64 /j.db-wal begun",
    "pwrite64 1",
  ]);
});

test("calls that overtake each other return where their own thread resumes", () => {
  const lines = [
    "7  fsync(29</j.db-wal> <unfinished ...>",
    '8  write(1<pipe:[5]>, "x\\n", 2 <unfinished ...>',
    "8  <... write resumed>)                    = 2",
    "7  <... fsync resumed>)                    = 0",
  ];
  expect(told(...lines)).toEqual(["fsync /j.db-wal begun", "write pipe:[5] begun", "write 2", "fsync 0"]);
});

test("a call that failed tells its -1, and one that never returned tells nothing", () => {
  expect(told("7  fsync(29</w>) = -1 EIO (Input/output error)")).toEqual(["fsync /w begun", "fsync -1"]);
  expect(told("7  fsync(29</w> <unfinished ...>", "7  <... fsync resumed>) = ?")).toEqual(["fsync /w begun"]);
  expect(told("7  fsync(29</w>) = ?", "7  +++ killed by SIGKILL +++")).toEqual(["fsync /w begun"]);
});

test("signals, exits and empty lines are no calls", () => {
  expect(told("7  --- SIGCHLD {si_signo=SIGCHLD} ---", "7  +++ exited with 0 +++", "")).toEqual([]);
});

test("a text is whole, whatever stands in it", () => {
  const [moment] = momentsIn([String.raw`7  write(1<pipe:[5]>, "said \"no\", 5) = 3\n", 17) = 17`]);
  expect(moment?.call.text).toBe(String.raw`said \"no\", 5) = 3\n`);
  expect(told(String.raw`7  write(1<pipe:[5]>, "a) = 3", 6 <unfinished ...>`)).toEqual(["write pipe:[5] begun"]);
});

test("a trace that leaves something out is refused", () => {
  expect(() => told('7  write(1<pipe:[5]>, "sta"..., 20) = 20')).toThrow("leaves bytes out of a write on pipe:[5]");
  const returns = "7  <... fsync resumed>) = 0";
  expect(() => told(returns)).toThrow("nothing was begun");
  expect(() => told("7  fsync(29</w> <unfinished ...>", returns, returns)).toThrow("nothing was begun");
  expect(() => told("7  fsync(29</w> <unfinished ...>", "8  <... fsync resumed>) = 0")).toThrow("nothing was begun");
});

test("escapes give their bytes", () => {
  expect([...bytesOf(String.raw`\0\0017\377\n\"\\a`)]).toEqual([0, 1, 0x37, 255, 10, 34, 92, 97]);
});
