/**
 * The worry: the first five minutes take an hour. The guide is followed to the letter, in an empty folder, with the
 * package as it is packed: its commands are run, its files written, and what it says is printed must be printed.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const guide = readFileSync(join(root, "docs/first-workflow.md"), "utf8");

/** What people read of a technical text in a minute, code included. */
const wordsPerMinute = 200;
const mostMinutes = 5;
const mostCommands = 6;

const place = realpathSync(mkdtempSync(join(tmpdir(), "clew-new-user-")));
const home = join(place, "home");
const blocks = [...guide.matchAll(/^```(\w+) ?([^\n]*)\n(.*?)^```$/gms)].map(([, language, info = "", text = ""]) => ({
  language,
  info,
  text,
}));
const commands = blocks.filter(({ language }) => language === "sh").flatMap(({ text }) => text.trim().split("\n"));

/** By these a machine behind a proxy says whom its clients trust. */
const trusted = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR", "npm_config_cafile"];
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => trusted.includes(name))),
  PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
  HOME: process.env["HOME"] ?? place,
  npm_config_prefer_offline: "true",
  npm_config_audit: "false",
  npm_config_fund: "false",
};
/** As a user who lets no package run scripts of its own. */
const user = { ...env, npm_config_ignore_scripts: "true" };
const run = (command: string, cwd: string, as: NodeJS.ProcessEnv = user) =>
  spawnSync("bash", ["-c", command], { cwd, env: as, encoding: "utf8" });

beforeAll(() => {
  const checkout = join(place, "checkout");
  const left = ["node_modules", ".git", "dist", ".clew"];
  cpSync(root, checkout, { recursive: true, filter: (path) => !left.includes(basename(path)) });
  symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"));
  mkdirSync(home);
  const packed = run(`npm pack --pack-destination ${place}`, checkout, env);
  expect(packed.status, packed.stderr).toBe(0);
}, 60_000);

afterAll(() => rmSync(place, { recursive: true, force: true }));

test("the guide is read in five minutes, and asks for six commands", () => {
  const words = guide.split(/\s+/).length;
  expect(words / wordsPerMinute).toBeLessThan(mostMinutes);
  expect(commands).toHaveLength(mostCommands);
});

test("followed to the letter, it does what it says", () => {
  const startedAt = performance.now();
  let printed = "";
  for (const { language, info, text } of blocks) {
    const file = /file=(\S+)/.exec(info)?.[1];
    if (file !== undefined) writeFileSync(join(home, file), text);
    else if (language === "text") expectPrinted(printed, text);
    else if (language === "sh") {
      for (const line of text.trim().split("\n")) {
        const { status, stdout, stderr } = run(line, home);
        printed += stdout + stderr;
        expect(status, `${line}: ${stderr}`).toBe(Number(/# exit (\d+)/.exec(line)?.[1] ?? 0));
      }
    }
  }
  process.stdout.write(
    `the new user's ${commands.length} commands took ${Math.round(performance.now() - startedAt)} ms\n`,
  );
  const tested = run("node --test", home);
  // The trip of the guide has a car as well, which the scaffold's test does not know.
  expect(tested.stdout).toContain("without a room nothing is left of it");
}, 120_000);

function expectPrinted(printed: string, text: string): void {
  const folded = (one: string) => one.replaceAll(/\s+/g, " ").trim();
  for (const line of text.trim().split("\n")) expect(folded(printed)).toContain(folded(line));
}
