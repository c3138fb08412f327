/**
 * Who reads an old state of a journal and so keeps its WAL from being emptied. SQLite holds a lock on one of five bytes
 * of the `-shm` file for as long as a snapshot is open (its file format, "WAL-index locks"); Linux lists the locks of
 * all processes in `/proc/locks`. Elsewhere nobody can be named.
 */
import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";

/** A process with an open snapshot. */
export interface WalReader {
  readonly pid: number;
  /** Left out where the system does not tell. */
  readonly command?: string;
}

/** `WAL_READ_LOCK(0)` to `WAL_READ_LOCK(4)`. */
const firstReadLock = 123;
const lastReadLock = 127;

/** One that began to read is seen until it ends; which of several is the oldest, the locks do not say. */
export function walReaders(journal: string, locks = readText("/proc/locks")): readonly WalReader[] {
  const shm = statSync(`${journal}-shm`, { throwIfNoEntry: false, bigint: true });
  if (!shm || locks === undefined) return [];
  const held = locks.split("\n").flatMap((line) => readLockIn(line, shm.ino) ?? []);
  // A file system over others may tell another device than the lock: then the file's number has to do.
  const here = held.filter(({ device }) => device === deviceText(shm.dev));
  const pids = new Set((here.length > 0 ? here : held).map(({ pid }) => pid));
  return [...pids].sort((a, b) => a - b).map(readerOf);
}

interface ReadLock {
  readonly pid: number;
  readonly device: string;
}

/** `1: POSIX  ADVISORY  READ 4711 fe:00:2515120 124 124` */
const lockLine = /^\d+: POSIX +\S+ +\S+ +(\d+) +([0-9a-f]+:[0-9a-f]+):(\d+) +(\d+) +(\d+)$/;

function readLockIn(line: string, inode: bigint): ReadLock | undefined {
  const [, pid = "", device = "", number = "", from = "", to = ""] = lockLine.exec(line) ?? [];
  if (number !== String(inode) || Number(from) > lastReadLock || Number(to) < firstReadLock) return undefined;
  // A process that this one cannot see, in another container, has the number 0.
  return pid === "0" ? undefined : { pid: Number(pid), device };
}

/** As Linux packs and writes it: twelve bits and the rest of the major number around the minor one's. */
function deviceText(device: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn);
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn);
  return `${hex(major)}:${hex(minor)}`;
}

const hex = (number: bigint): string => number.toString(16).padStart(2, "0");

/** Its program alone: the rest of a command line may hold secrets. */
function readerOf(pid: number): WalReader {
  const [program = ""] = readText(`/proc/${pid}/cmdline`)?.split("\0") ?? [];
  return program === "" ? { pid } : { pid, command: basename(program) };
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
