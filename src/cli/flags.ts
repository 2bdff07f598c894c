/**
 * Options that several commands take, each written once: its name, its text, what it takes and how that is read. A value
 * that cannot be read ends the program before any work begins.
 */
import { isIP } from 'node:net';
import { Option, type Command } from 'commander';
import { UsageError } from '../model/errors.js';
import type { Purpose } from '../model/target.js';
import { parseDuration } from './duration.js';

export type EnvFrom = 'daemon' | 'unit' | 'self';

export const PURPOSES: readonly Purpose[] = ['install', 'update', 'images', 'telemetry'];

/** A length of time, in ms from here on. */
export function duration(flags: string, text: string): Option {
  const option = new Option(flags, text);
  return option.argParser((value: string) => parseDuration(value, option.long ?? flags));
}

/** One of a few words. */
export function oneOf(flags: string, text: string, words: readonly string[]): Option {
  return new Option(flags, text).choices([...words]);
}

/** May be given more than once. */
export function collect<T = string>(read: (text: string) => T = (text) => text as T) {
  return (text: string, all: readonly T[] = []): readonly T[] => [...all, read(text)];
}

/** A base URL that at least has a host: what the Agent makes of its form is for the doctor to say, not for us to refuse. */
function baseUrl(text: string): string {
  // Whoever put a login there does not want to read it again.
  const shown = text.replace(/^.*@/, '…@').slice(0, 80);
  if (/[\s\u0000-\u001f]/.test(text)) throw new UsageError('--url must not contain white space');
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)/.exec(text);
  const authority = match?.[2];
  if (match === null || authority === undefined || authority === '') {
    throw new UsageError(`--url takes a URL such as https://app.netdata.cloud, not "${shown}"`);
  }
  if (!/^https?$/i.test(match[1] ?? '')) throw new UsageError(`--url must begin with https://, not "${shown}"`);
  if (authority.includes('@')) throw new UsageError('--url must not contain a user name');
  const port = /:(\d*)$/.exec(authority.replace(/^\[[^\]]*\]/, ''))?.[1];
  if (port !== undefined && (port === '' || Number(port) < 1 || Number(port) > 65_535)) {
    throw new UsageError(`--url has no usable port: "${shown}"`);
  }
  const bracketed = /^\[([^\]]*)\]/.exec(authority)?.[1];
  if (bracketed !== undefined && isIP(bracketed) !== 6)
    throw new UsageError(`--url has a bad IPv6 address: "${shown}"`);
  return text;
}

function version(text: string): string {
  const bare = text.replace(/^v/, '');
  if (!/^\d{1,4}(\.\d{1,5}){1,3}(-[\w.]+)*$/.test(bare)) {
    throw new UsageError(`--agent-version takes a version such as 2.10.3, not "${text.slice(0, 40)}"`);
  }
  return bare;
}

function pid(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`--pid takes a process id, not "${text.slice(0, 40)}"`);
  return Number(text);
}

function wordsOf<T extends string>(words: readonly T[]): (text: string) => readonly T[] {
  return (text) =>
    text.split(',').map((part) => {
      const found = words.find((word) => word === part.trim());
      if (found === undefined) throw new UsageError(`--for takes ${words.join(', ')}, not "${part.slice(0, 40)}"`);
      return found;
    });
}

/** `-v`, `-vv`: how much is told. */
export const verboseOption = (): Option =>
  new Option('-v, --verbose', "the evidence and the Agent's own words; -vv: every step with its details")
    .default(0, 'the verdict, the cause and what to do')
    .argParser((_: string, more: number) => more + 1);

/** Stand-ins of strict redaction that are equal over a fleet. */
export const redactKeyOption = (): Option =>
  new Option(
    '--redact-key <key>',
    'with --redact strict: equal things get equal stand-ins wherever this key is known; - reads it from stdin, @FILE from a file',
  ).conflicts('map');

export const SHARED = {
  proxy: () =>
    new Option(
      '--proxy <proxy>',
      "proxy, instead of the Agent's setting (any form the Agent takes, also env and none); - reads it from stdin, @FILE from a file: no password in the process list",
    ),
  url: () => new Option('--url <url>', "base URL of the cloud, instead of the Agent's setting").argParser(baseUrl),
  prefix: () => new Option('--prefix <dir>', 'root of a static installation, e.g. /opt/netdata'),
  configDir: () => new Option('--config-dir <dir>', "the Agent's configuration directory, e.g. /etc/netdata"),
  libDir: () => new Option('--lib-dir <dir>', "the Agent's state directory, e.g. /var/lib/netdata"),
  agentVersion: () =>
    new Option('--agent-version <version>', 'judge as this version of the Agent would').argParser(version),
  envFrom: () => oneOf('--env-from <whose>', 'whose environment counts', ['daemon', 'unit', 'self']),
  pid: (text: string) => new Option('--pid <pid>', text).argParser(pid),
  timeout: (usual = '15s') => duration('--timeout <duration>', `budget of the whole run (default: ${usual})`),
  stepTimeout: () => duration('--step-timeout <duration>', 'deadline of one step (default: 5s)'),
  patient: () =>
    new Option('--patient', 'wait in each step as long as the Agent does: tells slow from silent, takes minutes'),
  hold: () => duration('--hold <duration>', 'keep the upgraded link open this long and see whether something cuts it'),
  for: () =>
    new Option('--for <purposes>', 'also optional destinations: install,update,images,telemetry').argParser(
      wordsOf(PURPOSES),
    ),
  forRules: () =>
    new Option('--for <purposes>', 'also optional destinations: install,update,images,telemetry,parent').argParser(
      wordsOf([...PURPOSES, 'parent']),
    ),
  knownAddresses: () =>
    new Option('--known-addresses <file>', 'your own list of published addresses (ADDRESS [HOST…] a line)'),
  json: () => new Option('--json', 'print one JSON document on stdout'),
  output: () => new Option('--output <file>', 'write the result to FILE, atomically, instead of stdout'),
  quiet: () => new Option('-q, --quiet', 'print the verdict only'),
  strict: () => new Option('--strict', 'exit 4 when there are warnings'),
  container: () =>
    new Option(
      '--container <name|id>',
      "the Agent's container, by name or id: read its files and environment, use its network namespace",
    ).conflicts('pid'),
  noColor: () => new Option('--no-color', 'no colour (NO_COLOR works too)'),
  ascii: () => new Option('--ascii', 'no characters beyond ASCII'),
} as const;

/** Every verb that changes something takes it; `--plan` is an older name. */
export const dryRun = (text = 'say what would change (exit 1) and change nothing'): readonly Option[] => [
  new Option('--dry-run', text),
  new Option('--plan', 'the same as --dry-run').implies({ dryRun: true }).hideHelp(),
];

/** One family of addresses alone; both or none is both. `what` happens with it. */
export const families = (what: string): readonly Option[] => [
  new Option('-4, --ipv4', `${what} IPv4 addresses only`),
  new Option('-6, --ipv6', `${what} IPv6 addresses only`),
];

/** The forms of most results. */
export const TEXT_OR_JSON = ['text', 'json'] as const;

/**
 * `--format`, `--json` and `--output` for a command whose result has these forms: `--json` is short for `--format json`,
 * and without either the suffix of FILE decides. The action finds the form in `format`, and in `json` whether it is JSON.
 */
export function resultOptions(
  command: Command,
  forms: readonly string[] = TEXT_OR_JSON,
  usual: 'text' | 'json' = 'text',
): Command {
  const all = forms.length < 3 ? forms.join(' or ') : `${forms.slice(0, -1).join(', ')} or ${forms.at(-1) ?? ''}`;
  const text = `${all} (default: by the suffix of --output, else ${usual})`;
  add(command, SHARED.json(), new Option('--format <name>', text), SHARED.output());
  return command.hook('preAction', async (_, called) => {
    if (called === command) await settleForm(command, forms, usual);
  });
}

async function settleForm(command: Command, forms: readonly string[], usual: string): Promise<void> {
  const { json, format, output } = command.opts<{ json?: boolean; format?: string; output?: string }>();
  if (json === true && format !== undefined && format !== 'json')
    throw new UsageError('--json and --format exclude each other');
  const bySuffix = async (): Promise<string | null> =>
    output === undefined ? null : (await import('./output-form.js')).formOfFile(output);
  const asked = json === true ? 'json' : (format ?? (await bySuffix()) ?? usual);
  const form = forms.find((name) => name === asked) ?? (format === undefined ? usual : null);
  if (form === null) throw new UsageError(`--format takes ${forms.join(', ')}, not "${asked.slice(0, 40)}"`);
  command.setOptionValue('format', form);
  command.setOptionValue('json', form === 'json');
}

/** Adds options in this order; chains. */
export function add(command: Command, ...options: readonly Option[]): Command {
  for (const option of options) command.addOption(option);
  return command;
}
