/** The worry: a workflow that waits holds a process, forgets what it waited for, or hears of it twice. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { library, Workshop } from "./clew-process.ts";

const loan = `workflow: loan
version: 1
output: { told: { $: steps.notify.output }, paid: { $: steps.payout.output } }
steps:
  - parallel: checks
    branches:
      credit: [ { step: check_credit, kind: readonly } ]
      identity: [ { step: check_identity, kind: readonly } ]
  - choose: approval
    cases:
      - when: "input.amount > 10000.0"
        steps:
          - { wait: manager, signal: manager_approval, timeout: 24h, onTimeout: fail }
          - { fail: declined, when: "!steps.manager.output.ok", code: declined_by_manager }
  - forEach: notify
    in: { $: input.people }
    as: person
    concurrency: 2
    steps: [ { step: tell, input: { to: { $: person } }, compensation: untell } ]
  - { child: payout, workflow: payout, input: { amount: { $: input.amount } } }
`;
const payout = `workflow: payout
version: 1
output: { $: steps.transfer.output }
steps:
  - { step: reserve, compensation: release }
  - { step: transfer, kind: pivot }
`;
const workers = `import { worker } from "${library}";
const done = (type, give = () => null) => worker(type, give);
export default [
  ...["check_credit", "check_identity", "untell", "reserve", "release"].map((type) => done(type)),
  done("tell", ({ to }) => to),
  done("transfer", ({ amount }) => amount),
];
`;

let shop: Workshop;
beforeEach(() => {
  shop = new Workshop();
  shop.write("loan.yaml", loan);
  shop.write("payout.yaml", payout);
  shop.write("loan-workers.ts", workers);
});
afterEach(() => shop[Symbol.asyncDispose]());

const run = (amount: number, ...more: readonly string[]) =>
  shop.run(
    "run",
    "loan.yaml",
    "-i",
    JSON.stringify({ amount, people: ["ann", "bob"] }),
    "--workers",
    "loan-workers.ts",
    ...more,
  );

it("runs through all of its blocks, its child among them", async () => {
  const ended = await run(500, "--id", "small", "--workflows", "payout.yaml", "--json");
  expect(ended).toMatchObject({ code: 0 });
  expect(JSON.parse(ended.stdout)).toMatchObject({ status: "completed", output: { told: ["ann", "bob"], paid: 500 } });
  const listed = await shop.run("runs", "ls", "--output", "jsonl");
  expect(
    listed.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).id),
  ).toEqual(["small", "small.payout"]);
});

it("shows of very many items the first and the last, and how the others stand", async () => {
  const people = Array.from({ length: 25 }, (_, at) => `p${at}`);
  const input = JSON.stringify({ amount: 1, people });
  const ended = await shop.run(
    "run",
    "loan.yaml",
    "-i",
    input,
    "--workers",
    "loan-workers.ts",
    "--workflows",
    "payout.yaml",
  );
  expect(ended.stdout).toContain("… 15 succeeded");
  expect(ended.stdout).toContain("tell[4]");
  expect(ended.stdout).not.toContain("tell[5]");
  expect(ended.stdout).toContain("tell[20]");
});

it("is refused at its start where nobody knows its child", async () => {
  const ended = await run(500);
  expect(ended).toMatchObject({ code: 4, stdout: "" });
  expect(ended.stderr).toContain("its child payout is of payout, which nobody knows");
  expect(ended.stderr).toContain("--workflows");
});

it("comes to a wait and lets the process go; a signal, given twice, is heard once, and it goes on", async () => {
  const ended = await run(50_000, "--id", "big", "--workflows", "payout.yaml");
  expect(ended).toMatchObject({ code: 0 });
  expect(ended.stdout).toContain("waits   for the signal manager_approval, at manager");
  const signal = [
    "runs",
    "signal",
    "big",
    "--name",
    "manager_approval",
    "--payload",
    '{"ok":true}',
    "--signal-id",
    "s1",
  ];
  expect(await shop.run(...signal)).toMatchObject({ code: 0, stdout: expect.stringContaining("recorded") });
  expect((await shop.run(...signal)).stdout).toContain("nothing changed: the signal s1 has come before");
  const again = await run(50_000, "--id", "big", "--workflows", "payout.yaml", "--json");
  expect(JSON.parse(again.stdout)).toMatchObject({ status: "completed", output: { paid: 50_000 } });
});

it("is refused by the signal that says so, and has done nothing", async () => {
  await run(50_000, "--id", "big", "--workflows", "payout.yaml");
  await shop.run("runs", "signal", "big", "--name", "manager_approval", "--payload", '{"ok":false}');
  expect(await shop.run("runs", "show", "big")).toMatchObject({
    stdout: expect.stringContaining("compensated (refused)"),
  });
});

it("reaches the owner of the journal, who stays for it with --wait", async () => {
  const owner = shop.start(
    ...["run", "loan.yaml", "--id", "big", "--workers", "loan-workers.ts", "--wait", "--follow"],
    ...["--workflows", "payout.yaml", "-i", '{"amount":50000,"people":[]}'],
  );
  await owner.says("WaitBegan");
  await shop.run("runs", "signal", "big", "--name", "manager_approval", "--payload", '{"ok":true}');
  expect(await owner.ended).toMatchObject({ code: 0, stdout: expect.stringContaining("completed") });
});
