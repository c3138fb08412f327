/** Functions and methods. */
import { nearest } from "../nearest.ts";
import { shown } from "../value-path.ts";
import { compileHas } from "./compile-access.ts";
import { compileComprehension, macroNames } from "./compile-comprehension.ts";
import type { Compiled, Compiling, Stretch } from "./compiling.ts";
import type { Run } from "./evaluation.ts";
import { type CelFunction, functionsLeftOut, globalFunctions, methods } from "./functions.ts";
import type { Node } from "./parse-cel.ts";
import { Refusal } from "./refusal.ts";
import { isKind } from "./static-type.ts";
import { type Kind, kindNames, kindOfValue, nameOfKind, type Value } from "./value.ts";

export function compileGlobalCall(node: Extract<Node, { readonly op: "call" }>, compiling: Compiling): Compiled {
  const [name, parameters] = node.args;
  const [first] = parameters;
  if (name === "has" && first && parameters.length === 1) return compileHas(node, first, compiling);
  const called = globalFunctions.get(name);
  return called ? compileCall(node, name, called, parameters, compiling) : unknown(node, name, compiling);
}

export function compileMethodCall(node: Extract<Node, { readonly op: "rcall" }>, compiling: Compiling): Compiled {
  const [name, receiver, parameters] = node.args;
  const called = methods.get(name);
  if (called) return compileCall(node, name, called, [receiver, ...parameters], compiling);
  return compileComprehension(node, compiling) ?? unknown(node, name, compiling);
}

function unknown(node: Call, name: string, compiling: Compiling): Compiled {
  const place = nameOf(node, compiling.text);
  const leftOut = functionsLeftOut.get(name);
  if (leftOut) return compiling.refuse("bad_expression", place, `\`${name}\` is not offered here`, leftOut);
  const known = node.op === "call" ? ["has", ...globalFunctions.keys()] : [...methods.keys(), ...macroNames];
  const everywhere = [...known, ...globalFunctions.keys(), ...methods.keys(), ...macroNames, "has"];
  const meant = nearest(name, everywhere);
  const mend = meant ? `Did you mean ${formOf(meant)}?` : `Use ${known.map((word) => `\`${word}\``).join(", ")}.`;
  return compiling.refuse("bad_expression", place, `\`${shown(name)}\` is no function that may stand here`, mend);
}

type Call = Extract<Node, { readonly op: "call" | "rcall" }>;

/** Where the name of the function stands. */
function nameOf(node: Call, text: string): Stretch {
  const [name] = node.args;
  const start = node.op === "call" ? node.start : text.indexOf(name, node.args[1].end);
  return { start, end: start + name.length };
}

const formOf = (name: string): string => {
  const example = (methods.get(name) ?? globalFunctions.get(name))?.example;
  return `\`${name}\`${example === undefined ? "" : `, as in \`${example}\``}`;
};

function compileCall(
  node: Node,
  name: string,
  called: CelFunction,
  parameters: readonly Node[],
  compiling: Compiling,
): Compiled {
  const { takes, gives, example } = called;
  const compiled = parameters.map((parameter) => compiling.compile(parameter));
  if (parameters.length !== takes.length) {
    const what = `\`${name}\` is called with ${parameters.length} values, and takes ${takes.length}`;
    return compiling.refuse("bad_expression", node, what, `Write it as in \`${example}\`.`);
  }
  for (const [at, kinds] of takes.entries()) {
    const { type } = compiled[at] ?? { type: gives };
    if (type.kind === "any" || isKind(type, ...kinds)) continue;
    const what = `\`${name}\` takes ${listed(kinds)}, and this is ${kindNames[type.kind]}`;
    return compiling.refuse("wrong_type", parameters[at] ?? node, what, `Write it as in \`${example}\`.`);
  }
  return {
    type: gives,
    run: callOf(
      node,
      name,
      called,
      compiled.map(({ run }) => run),
    ),
  };
}

function callOf(place: Node, name: string, { takes, run: apply }: CelFunction, runs: readonly Run[]): Run {
  const { start, end } = place;
  return (evaluation) => {
    const values: Value[] = [];
    for (const run of runs) {
      const value = run(evaluation);
      if (value instanceof Refusal) return value;
      const kinds = takes[values.length] ?? [];
      if (!kinds.includes(kindOfValue(value))) return wrongKind(name, kinds, value).at({ start, end });
      values.push(value);
    }
    const result = apply(values, evaluation);
    return result instanceof Refusal ? result.at({ start, end }) : result;
  };
}

const wrongKind = (name: string, kinds: readonly Kind[], value: Value): Refusal =>
  new Refusal("expression_type", `\`${name}\` takes ${listed(kinds)}, and is given ${nameOfKind(value)}`);

const listed = (kinds: readonly Kind[]): string => kinds.map((kind) => kindNames[kind]).join(" or ");
