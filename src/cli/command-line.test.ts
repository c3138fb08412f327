/** The worry: a command that is typed slightly wrong does something else, and its answer cannot be read by a program. */
import { describe, expect, it } from "vitest";
import { FakeStream } from "../testing/fake-stream.ts";
import { runCommandLine } from "./command-line.ts";
import { commands } from "./commands.ts";
import { Interruption } from "./interruption.ts";

async function clew(argv: readonly string[], { isTTY = false, env = {} } = {}) {
  const stdout = new FakeStream(isTTY);
  const stderr = new FakeStream(isTTY);
  const interruption = new Interruption(() => {});
  const code = await runCommandLine(argv, { stdout, stderr, env, interruption });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

// oxlint-disable-next-line no-control-regex
const colours = /\u001b\[\d+m/;

describe("help", () => {
  it.each([[[]], [["help"]], [["--help"]], [["-h"]]])("lists every command: clew %j", async (argv) => {
    const { code, stdout, stderr } = await clew(argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const name of commands.keys()) expect(stdout).toContain(`  ${name} `);
  });

  it("says usage and every option of each command, asked for in either way", async () => {
    for (const [name, load] of commands) {
      const command = await load();
      expect(command.name).toBe(name);
      const { code, stdout } = await clew(["help", ...name.split(" ")]);
      expect(code).toBe(0);
      expect(stdout).toContain(`Usage: ${command.usage}`);
      for (const option of [...Object.keys(command.options), "json", "ascii"]) expect(stdout).toContain(`--${option}`);
      expect(await clew([...name.split(" "), "--help"])).toEqual({ code: 0, stdout, stderr: "" });
    }
  });
});

describe("what nobody can mean", () => {
  it.each([
    [["drw", "x"], 'there is no command "drw"', "Did you mean clew draw?"],
    [
      ["runs"],
      "clew runs needs a verb",
      "ls, show, events, retry, resolve, skip, signal, suspend, resume, rerun, cancel, abandon",
    ],
    [["runs", "lst"], 'there is no command "runs lst"', "Did you mean clew runs ls?"],
    [["draw", "w.yaml", "--view", "event"], '--view is "event"', "Did you mean events?"],
    [["draw", "w.yaml", "--format", "png"], '--format is "png"', "Write one of text, mermaid, svg, dot."],
    [
      ["draw", "w.yaml", "--view", "undo"],
      '--view undo draws a run, and "w.yaml" is no run\'s id',
      "workflow, events, architecture",
    ],
    [["runs", "ls", "--status", "complete"], 'there is no status "complete"', "Did you mean completed?"],
    [["runs", "ls", "--json", "--output", "jsonl"], "cannot both be meant", "Keep one"],
    [["runs", "ls", "--watch", "--json"], "--watch is no single document", "--output jsonl"],
    [["runs", "cancel", "a"], "--reason is missing", "--reason <text>"],
    [["run", "w.yaml"], "--input is missing", "@orders.jsonl"],
    [["schema", "w.yaml", "extra"], '"extra" is one argument too many', "clew help schema"],
  ])("is refused with exit code 2 and a way out: %j", async (argv, what, mend) => {
    const { code, stdout, stderr } = await clew(argv, { env: { CLEW_JOURNAL: "no-such-folder/journal.db" } });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("usage");
    expect(stderr).toContain(what);
    expect(stderr).toContain(mend);
  });
});

describe("an error", () => {
  it("is one JSON document under --json, on standard error", async () => {
    const { code, stdout, stderr } = await clew(["check", "--json", "no-such-file.yaml"]);
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: "file_unreadable",
        message: expect.stringContaining("no-such-file.yaml"),
        mend: expect.any(String),
      },
    });
  });

  it("has a colour only where somebody sees it, and never alone", async () => {
    const argv = ["check", "no-such-file.yaml"];
    expect((await clew(argv)).stderr).not.toMatch(colours);
    expect((await clew(argv, { isTTY: true })).stderr).toMatch(colours);
    expect((await clew(argv, { isTTY: true, env: { NO_COLOR: "1" } })).stderr).not.toMatch(colours);
    expect((await clew([...argv, "--no-color"], { isTTY: true })).stderr).not.toMatch(colours);
    expect((await clew([...argv, "--color"], { env: { NO_COLOR: "1" } })).stderr).toMatch(colours);
    expect((await clew(argv)).stderr).toMatch(/^✗ error file_unreadable: /);
    expect((await clew([...argv, "--ascii"])).stderr).toMatch(/^x error file_unreadable: /);
  });

  it("never carries an escape sequence out of a name", async () => {
    const { stderr } = await clew(["check", "\u001b]0;owned\u0007.yaml"]);
    expect(stderr).toContain("]0;owned.yaml");
    expect(stderr).not.toContain("\u001b");
  });
});

describe("a filter that is wrong", () => {
  it("is shown with a caret under the place, before any journal is looked for", async () => {
    const argv = ["runs", "ls", "--filter", 'workflow:order status:blokced "no stock"', "--journal", "no-such.db"];
    const { code, stdout, stderr } = await clew(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toBe(
      [
        '✗ error invalid_filter: the filter is wrong at character 23: there is no status "blokced"',
        '  workflow:order status:blokced "no stock"',
        "                        ^^^^^^^",
        "  Did you mean blocked? Write some of completed, compensated, failed, suspended, blocked, cancelling, compensating, pending, waiting, running.",
        "",
      ].join("\n"),
    );
    const json = await clew([...argv, "--json"]);
    expect(JSON.parse(json.stderr).error).toMatchObject({
      code: "invalid_filter",
      details: { filter: argv[3], offset: 22, length: 7 },
    });
  });

  it.each([
    [`${"x ".repeat(30)}\u001b[31m\tid:é/!`, /^ {2}…(?:x )+.*id:é\/!$/m, /^ {50,60}\^{3}$/m],
    ["x".repeat(1200), /^ {2}…x{50}x{40}…$/m, /^ {53}\^{41}$/m],
    ["status:", /^ {2}status:$/m, /^ {8}\^$/m],
  ])("is cut to what fits a line, and holds nothing that a terminal obeys: %j", async (filter, text, carets) => {
    const { stderr } = await clew(["runs", "ls", "--filter", filter, "--ascii"]);
    expect(stderr).toMatch(text);
    expect(stderr).toMatch(carets);
    expect(stderr).not.toContain("\u001b");
    const [, shown = "", marks = ""] = stderr.split("\n");
    expect(shown.length).toBeLessThan(130);
    expect(shown.length).toBeGreaterThanOrEqual(marks.length);
  });
});

describe("clew schema", () => {
  it("prints the JSON Schema of workflows as one document", async () => {
    const { code, stdout } = await clew(["schema"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ title: "Clew workflow", properties: { workflow: {}, steps: {} } });
  });
});
