/** The reference of the command line: every command's own help. */
import { commands } from "../../src/cli/commands.ts";
import { renderHelp, renderOverview } from "../../src/cli/help.ts";

export async function commandLineReference(): Promise<string> {
  const sections: string[] = [];
  for (const [name, load] of commands) {
    const command = await load();
    sections.push(`## clew ${name}\n\n\`\`\`text\n${renderHelp(command).trimEnd()}\n\`\`\`\n`);
  }
  return `${head}\n\`\`\`text\n${(await renderOverview()).trimEnd()}\n\`\`\`\n\n${sections.join("\n")}`;
}

const head = `# The command line

What \`clew help\` and \`clew help <command>\` print, put together by \`npm run docs\`.
`;
