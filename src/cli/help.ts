/** The help texts, all made from the commands' own declarations. */
import type { Command, CommandOptions } from "./command.ts";
import { globalOptions } from "./command.ts";
import { commands } from "./commands.ts";
import { renderColumns } from "./table.ts";

export async function renderOverview(): Promise<string> {
  const all = await Promise.all([...commands.values()].map((load) => load()));
  return [
    "Clew: durable sagas that you can see, prove and undo.",
    "",
    "Usage: clew <command> [options]",
    "",
    indented(renderColumns(all.map(({ name, summary }) => [name, summary]))),
    "",
    "`clew help <command>` says more; `clew --version` which one this is.",
    "Exit codes: 0 ok, 1 found wrong, 2 usage, 3 invalid definition or input, 4 not found, 5 conflict, 6 unreachable,",
    "7 not allowed, 8 timed out, 9 compensated, 130 interrupted.",
    "",
  ].join("\n");
}

export function renderHelp({ usage, summary, options, more }: Command): string {
  const sections = [
    `Usage: ${usage}`,
    summary,
    optionsSection("Options", options),
    optionsSection("Everywhere", globalOptions),
    more?.trim(),
  ];
  return `${sections.filter((section) => section).join("\n\n")}\n`;
}

function optionsSection(title: string, options: CommandOptions): string | undefined {
  const rows = Object.entries(options).map(([name, { short, value, about }]) => [
    `${short === undefined ? "    " : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`,
    about,
  ]);
  return rows.length === 0 ? undefined : `${title}:\n${indented(renderColumns(rows))}`;
}

const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, "  ");
