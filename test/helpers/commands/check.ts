/**
 * Whether a printed command line can be pasted: our own is read by our own parser, with every action taken out; those
 * of others by the table of what we know of them.
 */
import type { Command } from 'commander';
import { createProgram } from '../../../src/cli/program.js';
import { readClues } from '../../../src/diagnose/clues/read.js';
import { RULES } from '../../../src/diagnose/registry.js';
import { findTarget } from '../../../src/firewall/registry.js';
import { formats } from '../../../src/report/registry.js';
import { findScenario } from '../../../src/sim/scenarios/registry.js';
import { faultBy, PROGRAMS } from './programs.js';
import { simpleCommands } from './split.js';

/** Names of ours that a form of distribution has. */
const OURS = /^(?:netdata-egress|(?:\.\/|\/tmp\/)?netdata-egress-linux-x64)$/;

/** What is wrong with a line, one sentence each; empty = it can be pasted. */
export async function faultsOf(line: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const words of simpleCommands(line)) found.push(...(await faultsOfCommand(words)));
  return found;
}

async function faultsOfCommand(all: readonly string[]): Promise<readonly string[]> {
  const words = [...all];
  while (/^[A-Z_]+=/.test(words[0] ?? '')) words.shift();
  if (words[0] === 'sudo') {
    words.shift();
    if (words.indexOf('-u') === 0) words.splice(0, 2);
  }
  const [program = '', ...args] = words;
  if (program === '') return [];
  // From standard input: `node - doctor < netdata-egress.cjs`.
  const ours = program === 'node' && args[0] === '-' ? args.slice(1) : OURS.test(program) ? args : null;
  if (ours !== null) {
    const fault = await faultOfOurs(ours);
    return fault === null ? [] : [`${all.join(' ')}: ${fault}`];
  }
  if (program === 'sh' && args[0] === '-c') return faultsOf(args[1] ?? '');
  const script = /(?:^|\/)nd-allow-(?<id>[\w-]+)\.(?:install|uninstall)\.sh$/.exec(program)?.groups?.['id'];
  if (script !== undefined) return faultOf(() => findTarget(script)).map((fault) => `${all.join(' ')}: ${fault}`);
  const name = /^\/[\w./-]+\/netdatacli$/.test(program) ? 'netdatacli' : program;
  const known = Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;
  if (known === undefined) return [`${all.join(' ')}: ${program} is no program that we know`];
  const inner: (readonly string[])[] = [];
  const fault = faultBy(known, args, (rest) => {
    inner.push(rest);
    return rest.length === 0 && program !== 'ssh' ? 'runs nothing' : null;
  });
  const below = await Promise.all(inner.filter((rest) => rest.length > 0).map(faultsOfCommand));
  return [...(fault === null ? [] : [`${all.join(' ')}: ${fault}`]), ...below.flat()];
}

function faultOf(work: () => unknown): readonly string[] {
  try {
    work();
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

/** What stands for something that only the reader knows, as the parser would like it. */
const FILLED: Readonly<Record<string, string>> = {
  PID: '1234',
  '0123456789AB': '0123456789ab',
  PROXY: 'http://proxy.example:3128',
  TARGET: 'nftables',
};

async function faultOfOurs(args: readonly string[]): Promise<string | null> {
  const filled = args.map((arg) => FILLED[arg] ?? arg);
  const ran: { command: Command; given: readonly string[] }[] = [];
  try {
    const argv = ['node', 'netdata-egress', ...filled];
    const program = await createProgram(argv);
    withoutActions(program, (command) => ran.push({ command, given: command.args }));
    program.configureOutput({ writeOut: () => undefined, writeErr: () => undefined, outputError: () => undefined });
    await program.parseAsync(argv);
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    // Help and version are answers.
    return code === 'commander.helpDisplayed' || code === 'commander.version' ? null : message;
  }
  const [one] = ran;
  if (one === undefined) return 'runs no command';
  return faultOfValues(one.command, one.given);
}

/** Every command, its options and arguments as they are; in place of the work it tells that it was called. */
function withoutActions(command: Command, tell: (command: Command) => void): void {
  command.configureOutput({ writeOut: () => undefined, writeErr: () => undefined, outputError: () => undefined });
  const verbs = command.commands;
  verbs.forEach((verb) => withoutActions(verb, tell));
  // A group without a verb of its own keeps its help.
  if (verbs.length > 0 && !HAS_WORK.has(command.name())) return;
  command.action((...rest: readonly unknown[]) => tell(rest.at(-1) as Command));
}

/** Groups that also do something without a verb. */
const HAS_WORK: ReadonlySet<string> = new Set(['rules', 'config', 'watch', 'netdata-egress']);

/** What the command itself would refuse. */
function faultOfValues(command: Command, given: readonly string[]): string | null {
  const options = command.optsWithGlobals<Record<string, unknown>>();
  const path = `${command.parent?.name() ?? ''} ${command.name()}`;
  const parent = command.parent?.name();
  try {
    if (command.name() === 'rules' || parent === 'rules') return faultOfRules(command, given, options);
    if (command.name() === 'explain' && given[0] !== undefined && !['ID', '-'].includes(given[0]))
      return readClues(given.join(' '), new Set(RULES.map(({ id }) => id))).length > 0
        ? null
        : `no finding ${given.join(' ')}`;
    if (path === 'lab run' && given[0] !== undefined && given[0] !== 'NAME')
      return findScenario(given[0]) === null ? `no scenario ${given[0]}` : null;
    const format = options['format'];
    const isReport = command.name() === 'doctor' || path === 'report show' || path === 'lab run';
    if (isReport && typeof format === 'string' && format !== 'F') {
      const names = format.split(',');
      const unknown = names.find((name) => !Object.hasOwn(formats, name));
      if (unknown !== undefined) return `no format ${unknown}`;
      if (names.length > 1 && options['outputDir'] === undefined) return 'several formats need --output-dir';
    }
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

const LIVE_VERBS: ReadonlySet<string> = new Set(['apply', 'install', 'uninstall', 'status']);

function faultOfRules(command: Command, given: readonly string[], options: Record<string, unknown>): string | null {
  const verb = command.name();
  if (['log', 'diff', 'rollback', 'confirm', 'recommend', 'list'].includes(verb)) return null;
  const [id] = given;
  if (id === undefined) {
    if (verb === 'rules') return options['list'] === true ? null : 'prints its help and exits 2';
    if (verb === 'status') return null;
    return 'names no target';
  }
  const target = findTarget(id);
  if (LIVE_VERBS.has(verb) && target.capabilities.live !== true) return `${id} is not loaded by rules ${verb}`;
  if (verb === 'refresh') {
    const how = ['once', 'watch', 'dryRun', 'emitUnits'].filter((name) => options[name] !== undefined);
    if (how.length === 0) return 'needs --once, --watch, --dry-run or --emit-units';
    if (target.capabilities.live !== true && options['outputDir'] === undefined) return `${id} needs --output-dir`;
  }
  for (const [name] of (options['set'] as readonly (readonly [string, string])[] | undefined) ?? [])
    if (!target.settings.some((setting) => setting.name === name)) return `${id} has no setting ${name}`;
  return null;
}
