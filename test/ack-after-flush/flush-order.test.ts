/** Traces of a few lines, each with one thing that must be seen, or must not be taken for more than it is. */
import { expect, test } from "vitest";
import { judge } from "./flush-order.ts";
import { momentsIn } from "./strace-lines.ts";

const wal = "/j.db-wal";
const header = (pages: string) =>
  `7  pwrite64(29<${wal}>, "\\0\\0\\0\\2\\0\\0\\0${pages}saltsaltsumssums", 24, 32) = 24`;
const page = (...tokens: readonly string[]) =>
  `7  pwrite64(29<${wal}>, "\\r${tokens.join("\\0")}\\0", 8192, 56) = 8192`;
const frame = (...tokens: readonly string[]) => [header("\\0"), page(...tokens)];
/** The last frame of a transaction. */
const commit = (...tokens: readonly string[]) => [header("\\20"), page(...tokens)];
const flush = `7  fsync(29<${wal}>) = 0`;
const flushBegins = `7  fsync(29<${wal}> <unfinished ...>`;
const flushReturns = "7  <... fsync resumed>) = 0";
const says = (line: string) => `8  write(1<pipe:[5]>, "${line}\\n", 21) = 21`;

const verdict = (...lines: readonly (string | readonly string[])[]) => judge(momentsIn(lines.flat()), wal);
const violations = (...lines: readonly (string | readonly string[])[]) => verdict(...lines).violations;

const token = "start-000001";
const started = says(`started ${token}`);

test("what is written, committed and flushed before it is said is in order", () => {
  expect(verdict(commit(token), flush, started)).toEqual({
    violations: [],
    left: { started: 1, worked: 0, ended: 0 },
    startsOfFlushes: [1],
  });
});

test("a flush that began before the write does not cover it", () => {
  expect(violations(flushBegins, commit(token).map(of(9)), flushReturns, started)).toEqual([
    `started ${token} left, and was committed and not flushed`,
  ]);
  expect(violations(flushBegins, commit(token).map(of(9)), flushReturns, flush, started)).toEqual([]);
});

test("what is said while the flush is under way was said too early", () => {
  expect(violations(commit(token), flushBegins, started, flushReturns)).toEqual([
    `started ${token} left, and was committed and not flushed`,
  ]);
});

test("the write of a promise counts from its beginning", () => {
  const begins = `8  write(1<pipe:[5]>, "started ${token}\\n", 21 <unfinished ...>`;
  const returns = "8  <... write resumed>) = 21";
  expect(violations(commit(token), flushBegins, begins, flushReturns, returns)).toHaveLength(1);
  expect(violations(commit(token), flushBegins, flushReturns, begins, returns)).toEqual([]);
});

test("a write counts from its return", () => {
  const [begins, returns] = [
    `9  pwrite64(29<${wal}>, "${token}", 8192, 56 <unfinished ...>`,
    "9  <... pwrite64 resumed>) = 8192",
  ];
  expect(violations(header("\\20"), begins, flushBegins, returns, flushReturns, started)).toHaveLength(1);
  expect(violations(header("\\20"), begins, returns, flushBegins, flushReturns, started)).toEqual([]);
});

test("the flush of another file covers nothing", () => {
  expect(violations(commit(token), "7  fsync(28</j.db>) = 0", started)).toHaveLength(1);
});

test("a flush that failed covers nothing, nor does the next one cover what it lost", () => {
  const fails = `7  fsync(29<${wal}>) = -1 EIO (Input/output error)`;
  expect(violations(commit(token), fails, started)).toEqual([`started ${token} left, and was lost`]);
  expect(violations(commit(token), fails, flush, started)).toEqual([`started ${token} left, and was lost`]);
  const later = "start-000002";
  expect(violations(commit(token), fails, commit(token, later), flush, says(`started ${later}`))).toEqual([]);
});

test("a flush that was under way when another one failed covers nothing of what that one lost", () => {
  const [begins, returns] = [flushBegins, flushReturns].map(of(9));
  const fails = "7  <... fsync resumed>) = -1 EIO (Input/output error)";
  expect(violations(commit(token), begins ?? "", flushBegins, fails, returns ?? "", started)).toHaveLength(1);
});

test("a write that failed, and what was never written, is not there", () => {
  const fails = `7  pwrite64(29<${wal}>, "${token}", 8192, 56) = -1 ENOSPC (No space left on device)`;
  expect(violations(header("\\20"), fails, flush, started)).toEqual([`started ${token} left, and was not written`]);
  expect(violations(flush, started)).toEqual([`started ${token} left, and was not written`]);
});

test("a transaction without its end is not there after a loss of power, flushed or not", () => {
  expect(violations(frame(token), flush, started)).toEqual([
    `started ${token} left, and was written and not committed`,
  ]);
  expect(violations(frame(token), flush, commit("start-000002"), started)).toEqual([
    `started ${token} left, and was committed and not flushed`,
  ]);
  expect(violations(frame(token), commit("start-000002"), flush, started)).toEqual([]);
});

test("a start that was flushed says nothing of the run's end", () => {
  const end = "end-000001";
  expect(violations(commit(token), flush, started, commit(token, end), says(`ended ${end}`))).toEqual([
    `ended ${end} left, and was committed and not flushed`,
  ]);
});

test("a flush tells how many starts it made durable, each once", () => {
  const [second, third] = ["start-000002", "start-000003"];
  const { startsOfFlushes } = verdict(
    commit(token),
    flush,
    commit(token, second, third),
    flush,
    commit("end-000001"),
    flush,
  );
  expect(startsOfFlushes).toEqual([1, 2]);
});

test("a promise that is said twice is judged twice and counted once", () => {
  const { left, violations: both } = verdict(started, commit(token), started, flush);
  expect([left.started, both.length]).toEqual([1, 2]);
});

test("a call that nobody knows to write into a WAL is refused", () => {
  expect(() => verdict(`7  writev(29<${wal}>, [{iov_base="x", iov_len=1}], 1) = 1`)).toThrow("writev");
});

/** The line as another thread's. */
function of(thread: number) {
  return (line: string) => line.replace(/^\d+/, String(thread));
}
