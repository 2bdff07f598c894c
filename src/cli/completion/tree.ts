/** The command line as data, out of what the commands declare: completions and the manual page are made of it. */
import type { Command, Option } from 'commander';
import { wholeProgram } from '../program.js';
import { wordsOfArgument, wordsOfOption } from './words.js';

/** What may stand in a place. `any`: only the user knows. */
export type Value =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'file' | 'directory' | 'user' | 'any' };

export interface OptionEntry {
  /** `-v`, `--verbose`. */
  readonly names: readonly string[];
  /** As help shows it: `-v, --verbose`, `--format <name>`. */
  readonly flags: string;
  readonly description: string;
  /** null: it takes none. */
  readonly value: Value | null;
}

export interface CommandNode {
  /** Below the program: `['rules', 'check']`; empty for the program itself. */
  readonly path: readonly string[];
  /** `[options] <target> [file]`. */
  readonly usage: string;
  readonly description: string;
  readonly options: readonly OptionEntry[];
  readonly values: readonly Value[];
  readonly children: readonly CommandNode[];
}

export async function commandTree(): Promise<CommandNode> {
  return nodeOf(await wholeProgram(), []);
}

/** The node and all below it, in the order of help. */
export function* every(node: CommandNode): Generator<CommandNode> {
  yield node;
  for (const child of node.children) yield* every(child);
}

const HELP: OptionEntry = { names: ['-h', '--help'], flags: '-h, --help', description: 'print help', value: null };

function nodeOf(command: Command, path: readonly string[]): CommandNode {
  return {
    path,
    usage: command.usage(),
    description: command.description(),
    options: [...command.options.filter(({ hidden }) => !hidden).map((option) => optionOf(option, path)), HELP],
    values: command.registeredArguments.map((argument) => {
      const words = wordsOfArgument(path, argument.name());
      return words === null ? byPlace(argument.name()) : { kind: 'words', words };
    }),
    children: command.commands
      .filter((verb) => verb.name() !== 'help')
      .map((verb) => nodeOf(verb, [...path, verb.name()])),
  };
}

function optionOf(option: Option, path: readonly string[]): OptionEntry {
  const { short, long, flags, description } = option;
  const names = [short, long].filter((name) => name !== undefined && name !== null);
  const takes = option.required || option.optional;
  const words = option.argChoices ?? wordsOfOption(path, option.long ?? '');
  const place = /[<[]([^>\]]+)[>\]]/.exec(flags)?.[1] ?? '';
  const value: Value = words === null ? byPlace(place) : { kind: 'words', words };
  return { names, flags, description, value: takes ? value : null };
}

/** By the word that stands for the value in help. */
function byPlace(place: string): Value {
  if (/^(?:files?|before|after)$/.test(place) || place.includes('|tar')) return { kind: 'file' };
  if (place === 'dir') return { kind: 'directory' };
  return { kind: place === 'user' ? 'user' : 'any' };
}
