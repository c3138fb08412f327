/** The worry: a picture of another run than was named, or a combination that is taken for something else than it says. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Workshop } from "./clew-process.ts";

let shop: Workshop;
beforeAll(async () => {
  shop = new Workshop();
  await shop.run(...shop.order('{"id":"a1","card":"declined"}', "--id", "a1"));
  const { stdout } = await shop.run("draw", "order.yaml", "--json");
  expect(stdout).toContain("order");
});
afterAll(() => shop[Symbol.asyncDispose]());

describe("clew draw of a run", () => {
  it("shows what became of its steps, and what was undone", async () => {
    const { code, stdout, stderr } = await shop.run("draw", "a1", "--view", "run");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Run: a1 \(order@1\)\n=+\n\n↩ compensated after /);
    expect(stdout).toContain("✗ charge failed: card_declined");
    expect(stdout).toMatch(/✓ reserve {2}succeeded +│╌+▶╎ ↩ undo reserve {2}compensated/);
  });

  it.each(["svg", "mermaid", "dot"])("gives the same as a document, in every format: %s", async (format) => {
    const { stdout } = await shop.run("draw", "a1", "--view", "undo", "--format", format);
    const { code, stdout: document } = await shop.run("draw", "a1", "--view", "undo", "--format", format, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(document)).toEqual({
      id: "a1",
      workflow: "order",
      version: 1,
      view: "undo",
      format,
      picture: stdout,
    });
    const ascii = await shop.run("draw", "a1", "--view", "run", "--format", format, "--ascii");
    expect(ascii.stdout).toMatch(/^[\n -~]+$/);
  });

  it("is refused where there is no such run, or no run is named, with what to write", async () => {
    const missing = await shop.run("draw", "a2", "--view", "run");
    expect(missing).toMatchObject({ code: 4, stdout: "" });
    expect(missing.stderr).toContain("run_unknown");
    const file = await shop.run("draw", "order.yaml", "--view", "undo");
    expect(file).toMatchObject({ code: 2, stdout: "" });
    expect(file.stderr).toContain('--view undo draws a run, and "order.yaml" is no run\'s id');
    const workflow = await shop.run("draw", "a1");
    expect(workflow.code).toBe(4);
    expect(workflow.stderr).toContain("Write --view run or --view undo if a1 is a run.");
  });
});

describe("clew draw of a difference", () => {
  const later = "workflow: order\nversion: 2\nsteps:\n  - { step: reserve, timeout: 5s }\n  - { step: ship }\n";

  it("shows what has changed since another file or a recorded version", async () => {
    shop.write("later.yaml", later);
    const { code, stdout, stderr } = await shop.run("draw", "later.yaml", "--diff", "order.yaml");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Difference: order@1 → order@2\n/);
    expect(stdout).toContain("+ ship  added");
    expect(stdout).toContain("− charge  removed");
    expect(stdout).toContain("compensation: release → none");
    expect((await shop.run("draw", "later.yaml", "--diff", "order@1")).stdout).toBe(stdout);
    const { stdout: document } = await shop.run("draw", "later.yaml", "--diff", "order@1", "--json");
    expect(JSON.parse(document)).toMatchObject({
      workflow: "order",
      version: 2,
      since: { workflow: "order", version: 1 },
      view: "diff",
      picture: stdout,
    });
  });

  it.each(["run", "undo", "events", "architecture"])("is refused together with --view %s", async (view) => {
    const { code, stderr } = await shop.run("draw", "order.yaml", "--diff", "order.yaml", "--view", view);
    expect(code).toBe(2);
    expect(stderr).toContain(`--diff and --view ${view} cannot both be meant`);
  });

  it("is refused where the other is not there", async () => {
    expect((await shop.run("draw", "order.yaml", "--diff", "nowhere.yaml")).code).toBe(4);
    expect((await shop.run("draw", "order.yaml", "--diff", "order@7")).code).toBe(4);
  });
});

describe("clew draw", () => {
  it("refuses a view or a format that there is not, with the nearest one", async () => {
    const view = await shop.run("draw", "order.yaml", "--view", "workflows");
    expect(view.code).toBe(2);
    expect(view.stderr).toContain("Did you mean workflow? ");
    const format = await shop.run("draw", "order.yaml", "--format", "png");
    expect(format.code).toBe(2);
    expect(format.stderr).toContain("Write one of text, mermaid, svg, dot.");
  });
});
