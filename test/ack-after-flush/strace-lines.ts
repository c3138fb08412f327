/**
 * Reads what `strace -f -y -o file` writes, for calls whose first argument is a file and whose second, if any, is a text.
 *
 * The order of its lines is the order of what happened, as far as one thing can have caused another: strace holds a
 * thread still when a call begins and when it has returned, writes the line, and only then lets it go on. A call that
 * others overtook has two lines; one that stands on one line began and returned with nothing in between.
 */
export interface SystemCall {
  readonly name: string;
  readonly file: string;
  /** As it is written between the quotes, with strace's escapes. */
  readonly text: string | undefined;
}

/** A call begins, or returns; one that never returned (its process ended, or was killed) has no second moment. */
export type Moment =
  | { readonly is: "begun"; readonly call: SystemCall }
  | { readonly is: "returned"; readonly call: SystemCall; readonly result: number };

export function* momentsIn(lines: Iterable<string>): Generator<Moment> {
  /** By thread: the call that it is in. */
  const unfinished = new Map<string, SystemCall>();
  for (const line of lines) {
    const [, thread = "", isResumed, name = ""] = /^(\d+) +(<\.\.\. )?(\w+)/.exec(line) ?? [];
    // Signals, exits, and the empty end of the file.
    if (name === "") continue;
    const call = isResumed ? unfinished.get(thread) : callIn(line, name);
    if (!call) throw new Error(`nothing was begun that this line ends: ${line.slice(0, 200)}`);
    if (!isResumed) yield { is: "begun", call };
    unfinished.delete(thread);
    const result = resultIn(line);
    if (result !== undefined) yield { is: "returned", call, result };
    else unfinished.set(thread, call);
  }
}

function callIn(line: string, name: string): SystemCall {
  const file = /\(\d+<([^>]*)>/.exec(line)?.[1] ?? "";
  // Nothing behind the text holds a quotation mark: numbers, and the name of an error.
  const [from, to] = [line.indexOf('"'), line.lastIndexOf('"')];
  if (line.startsWith("...", to + 1)) throw new Error(`the trace leaves bytes out of a ${name} on ${file}: raise -s`);
  return { name, file, text: from < 0 ? undefined : line.slice(from + 1, to) };
}

/** `undefined` where it has not returned: `<unfinished ...>`, or `= ?` when its process ended first. */
function resultIn(line: string): number | undefined {
  const result = /\) += (-?\d+)[^"]*$/.exec(line.slice(-200))?.[1];
  return result === undefined ? undefined : Number(result);
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", v: "\v", f: "\f" };

/** The bytes of a text. */
export function bytesOf(text: string): Buffer {
  const plain = text.replaceAll(/\\(?:([0-7]{1,3})|(.))/g, (_, octal: string | undefined, letter: string) =>
    octal === undefined ? (escapes[letter] ?? letter) : String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return Buffer.from(plain, "latin1");
}
