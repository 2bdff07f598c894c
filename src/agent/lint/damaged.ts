/**
 * Files that an installer has damaged (docs/reference/versions.md, Claiming): a claim script that leaves `\n` as it is,
 * and a kickstart that hands the settings to printf as its format.
 */
import { lookup, parseIni } from '../ini.js';
import type { ConfigFile } from '../installation.js';
import { maskUrl } from '../mask.js';
import type { AgentRules } from '../versions.js';
import { CLAIM_LEG, LINK_LEGS } from './context.js';
import type { FactDraft, LintContext } from './context.js';

const ALL: FactDraft['legs'] = [...CLAIM_LEG, ...LINK_LEGS];
const KEYS = ['url', 'cloud base url', 'token', 'rooms', 'proxy', 'insecure'];

/** What printf makes of an encoded character: `%40s` is 40 blanks; nobody writes so many. */
const BLANKS = / {8,}/;
/** `%3A` and `%2F` are numbers: a zero in hexadecimal or decimal notation, in the login. */
const NUMBER = /^[a-z0-9]+:\/\/[^@]*(?:0x0p\+0|0\.000000)[^@]*@/i;
/** Nothing is written from a conversion on that printf does not know: the login has no end, and no host follows. */
const CUT = /^[a-z0-9]+:\/\/[^@:/]*:(?!\d+\/?$)[^@]*$/i;

const HOW = {
  login_blanks: 'has a run of blanks in it',
  login_number: 'has a number in it that a program wrote there',
  login_cut: 'ends in the middle, and so does the file',
} as const;

export function lintDamaged({ settings, rules }: LintContext): FactDraft[] {
  const { claimConf, cloudConf } = settings.files;
  const oneLine = rules.claimsByItself && isOneLine(textOf(claimConf));
  return [
    ...(oneLine ? [oneLineFact(claimConf, rules)] : []),
    ...[claimConf, cloudConf].flatMap((file) => loginFact(file, rules)),
  ];
}

function oneLineFact(file: ConfigFile, rules: AgentRules): FactDraft {
  const whose =
    rules.scriptExpandsLineEnds === 'always'
      ? 'as the claim script of 2.0.0 to 2.8.5 wrote it on some systems; that of this version does not'
      : 'as the claim script of this version writes it where sh is bash: write the file by hand instead';
  return {
    finding: 'agent.config_syntax',
    kind: 'one_line',
    effect: 'value',
    source: { kind: 'file', name: file.path, line: 1 },
    text: String.raw`the whole file is one line with \n in it, ${whose}. The Agent reads nothing of it`,
    legs: ALL,
    data: { key: null, ...linesOf(textOf(file)) },
  };
}

function loginFact(file: ConfigFile, rules: AgentRules): FactDraft[] {
  const proxy = lookup(file.ini, 'global', 'proxy');
  const kind = proxy === null ? null : damageOf(proxy.value, textOf(file));
  if (proxy === null || kind === null) return [];
  const whose = rules.kickstartKeepsPercent
    ? 'an installer before 2.11.0 takes % in a login'
    : 'the installer of this version takes % in a login';
  return [
    {
      finding: 'agent.config_syntax',
      kind,
      effect: 'value',
      source: { kind: 'file', name: file.path, line: proxy.line },
      text: `the login of the proxy ${HOW[kind]}: ${whose} (as in %40 for @) for a format of its own`,
      legs: ALL,
      data: { key: 'proxy', write: `    proxy = ${proxyToWrite(proxy.value, kind)}` },
    },
  ];
}

function damageOf(value: string, whole: string): keyof typeof HOW | null {
  if (BLANKS.test(value)) return 'login_blanks';
  if (NUMBER.test(value)) return 'login_number';
  return CUT.test(value) && !whole.endsWith('\n') && whole.endsWith(value) ? 'login_cut' : null;
}

function textOf({ result }: ConfigFile): string {
  return result.state === 'read' ? new TextDecoder().decode(result.bytes) : '';
}

export function isOneLine(text: string): boolean {
  return /^\s*\[[^\]\n]*\]\\n/.test(text) && text.trim().split('\n').length === 1;
}

/** The keys that stand in the one line, so that the lines to write can be shown; values stay where they are. */
function linesOf(text: string): { readonly write: string } {
  const { entries } = parseIni(new TextEncoder().encode(text.replaceAll(String.raw`\n`, '\n')));
  const lines = entries
    .filter(({ key }) => KEYS.includes(key))
    .map(({ key, value }) => {
      if (key === 'url') return `    url = ${maskUrl(value)}`;
      if (key === 'proxy') return `    proxy = ${['env', 'none', ''].includes(value) ? value : proxyToWrite(value)}`;
      return key === 'insecure' ? `    insecure = ${value.slice(0, 20)}` : `    ${key} = ${key.toUpperCase()}`;
    });
  return { write: ['[global]', ...lines].join('\n') };
}

/** The proxy as it should be written, its login to be filled in. */
function proxyToWrite(value: string, kind: keyof typeof HOW | null = null): string {
  // What looks like a host in a login that was cut is its user.
  if (kind === 'login_cut') return 'http://USER:PASSWORD@PROXY:PORT';
  const login = value.includes('@') ? 'USER:PASSWORD@' : '';
  const masked = maskUrl(value);
  const place = /^(?<scheme>[a-z0-9]+:\/\/)?(?:.*@)?(?<host>[A-Za-z0-9._:[\]-]+)$/.exec(masked)?.groups;
  if (place === undefined) return 'http://USER:PASSWORD@PROXY:PORT';
  return `${place['scheme'] ?? 'http://'}${login}${place['host'] ?? 'PROXY:PORT'}`;
}
