import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { installed, installMissing } from "./programs.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "clew-programs-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const asked = () => readFileSync(join(folder, "asked"), "utf8").trimEnd().split("\n");

/** An `apt-get` that notes what it is asked for and, if it may, makes the program that it installs. */
function aptGet(lines: string): void {
  const script = `#!/bin/sh\necho "$@" >> "${folder}/asked"\n${lines}\n`;
  program("apt-get", script);
}

function program(name: string, script = "#!/bin/sh\n"): void {
  writeFileSync(join(folder, name), script);
  chmodSync(join(folder, name), 0o755);
}

const install = "install --yes --no-install-recommends strace";

test("a program is found in the path, and only where it can be run; otherwise one line says what is skipped", () => {
  const env = { PATH: folder };
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  writeFileSync(join(folder, "strace"), "no program");
  chmodSync(join(folder, "strace"), 0o644);
  expect(installed("strace", "this test", env)).toBeUndefined();
  program("strace");
  expect(installed("strace", "this test", env)).toBe(join(folder, "strace"));
  expect(said.mock.calls).toEqual([
    ["skipped: this test, because strace is not installed (apt-get install strace, or CLEW_TEST_INSTALL=1)\n"],
  ]);
  said.mockRestore();
});

test("in CI a missing program is a failure that says what to install", () => {
  expect(() => installed("strace", "this test", { PATH: folder, CI: "1" })).toThrow(
    "this test must not be skipped in CI: strace is not installed (apt-get install strace, or CLEW_TEST_INSTALL=1)",
  );
});

test("nothing is installed unless it was asked for, or where nothing is missing", () => {
  aptGet("exit 0");
  installMissing({ PATH: folder });
  program("strace");
  installMissing({ PATH: folder, CLEW_TEST_INSTALL: "1" });
  expect(existsSync(join(folder, "asked"))).toBe(false);
});

test("what is missing is installed, with the lists of packages that are there", () => {
  aptGet("exit 0");
  installMissing({ PATH: folder, CLEW_TEST_INSTALL: "1" });
  expect(asked()).toEqual([install]);
});

test("where the lists are missing they are fetched, and it is tried once more", () => {
  aptGet(`case "$1" in update) : > "${folder}/listed" ;; *) [ -e "${folder}/listed" ] ;; esac`);
  installMissing({ PATH: folder, CLEW_TEST_INSTALL: "1" });
  expect(asked()).toEqual([install, "update", install]);
});

test("what cannot be installed stops everything, and says why", () => {
  aptGet("echo 'are you root?' >&2; exit 100");
  expect(() => installMissing({ PATH: folder, CLEW_TEST_INSTALL: "1" })).toThrow(
    /^cannot install strace, which tests need: apt-get update ended with 100: are you root\?/,
  );
  expect(() => installMissing({ PATH: "", CLEW_TEST_INSTALL: "1" })).toThrow(/apt-get/);
});
