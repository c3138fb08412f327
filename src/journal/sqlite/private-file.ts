/**
 * Where the journal's files lie: a directory of mode 0700 where it is made here, files of mode 0600.
 * SQLite would create them as the umask says, and gives `-wal` and `-shm` the mode of the database.
 */
import { closeSync, mkdirSync, openSync, realpathSync, statfsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ClewError } from "../../base/errors.ts";

/** Their locks and shared memory cannot be trusted: NFS, AFS, Ceph, and three generations of SMB (Linux, statfs). */
const networkTypes = new Set([0x6969, 0x5346414f, 0x00c36400, 0x517b, 0xff534d42, 0xfe534d42]);

/** Makes the file, empty, if there is none, and gives its one true path, links resolved. */
export function makePrivateFile(path: string): string {
  const wanted = resolve(path);
  try {
    mkdirSync(dirname(wanted), { recursive: true, mode: 0o700 });
    requireLocal(wanted, statfsSync(dirname(wanted)).type);
    createIfMissing(wanted);
    return realpathSync(wanted);
  } catch (error) {
    if (error instanceof ClewError) throw error;
    throw new ClewError("journal_unsafe", `cannot make the journal ${wanted}: ${(error as Error).message}`, {
      mend: "Name a file in a directory that this user may write to.",
      cause: error,
    });
  }
}

export function requireLocal(path: string, fileSystemType: number): void {
  if (!networkTypes.has(fileSystemType >>> 0)) return;
  throw new ClewError("journal_unsafe", `the journal ${path} would lie on a network file system`, {
    mend: "Put it on a local disk: locks and flushes over a network do not hold what is promised.",
  });
}

/**
 * Never opens a file that exists: where this process has it open as a database already, closing a second descriptor
 * would drop the locks of the first (POSIX, fcntl).
 */
function createIfMissing(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
