/**
 * Lines that the Agent ignores or reads otherwise than meant (docs/reference/agent.md#configuration-files), where a leg
 * depends on them.
 */
import type { Leg } from '../../model/route.js';
import type { IniProblem, IniProblemKind } from '../ini.js';
import type { ConfigFile } from '../installation.js';
import { CLAIM_LEG, LINK_LEGS, claimIsOpen } from './context.js';
import { isOneLine } from './damaged.js';
import type { FactDraft, FactEffect, LintContext } from './context.js';

interface Words {
  readonly effect: FactEffect;
  readonly text: string;
}

/** Kinds without an entry do no harm by themselves: a `;` line is ignored, as its writer wanted. */
const WORDS: Partial<Readonly<Record<IniProblemKind, Words>>> = {
  bom: {
    effect: 'value',
    text: 'the file begins with a byte-order mark, which hides its first line: everything before the next section is ignored',
  },
  not_text: { effect: 'value', text: 'the file is UTF-16; the Agent reads plain bytes and understands none of it' },
  nul_byte: { effect: 'value', text: 'the line holds a NUL byte; what follows it is ignored' },
  line_too_long: { effect: 'value', text: 'the line is longer than 8191 bytes; the rest is read as a new line' },
  option_before_section: { effect: 'value', text: 'the line stands before any section and is ignored' },
  section_not_closed: {
    effect: 'value',
    text: 'a section must end its line with ]; with anything behind it, it is no section',
  },
  unknown_section_case: {
    effect: 'value',
    text: 'section names are taken letter by letter: this one, written so, is never looked at',
  },
  unknown_key_case: {
    effect: 'value',
    text: 'key names are taken letter by letter: this one, written so, is never looked at',
  },
  no_equals: { effect: 'value', text: 'the line has no = and is ignored' },
  duplicate_key: { effect: 'note', text: 'the key is set more than once; the last line wins' },
  trailing_comment_kept: {
    effect: 'value',
    text: 'there are no comments behind a value: the # or ; and what follows become part of it',
  },
  quotes_kept: { effect: 'value', text: 'quotes are kept as part of the value' },
  invisible_character: {
    effect: 'value',
    text: 'the line holds an invisible or typographic character, which becomes part of the value',
  },
};

/** Keys that a leg depends on, by file. */
const CLAIM_KEYS = new Set(['url', 'token', 'rooms', 'proxy', 'insecure']);
const CLOUD_KEYS = new Set(['url', 'cloud base url', 'proxy', 'insecure', 'claimed_id']);

/** Kinds that hit the file as a whole, or a line whose key cannot be told. */
const STRUCTURAL: ReadonlySet<IniProblemKind> = new Set([
  'bom',
  'not_text',
  'section_not_closed',
  'unknown_section_case',
]);

function matters(problem: IniProblem, keys: ReadonlySet<string>, all: readonly IniProblem[]): boolean {
  // One word about the mark is enough: the lines it hides follow from it.
  if (
    problem.kind === 'option_before_section' &&
    all.some(({ kind }) => kind === 'bom' || kind === 'section_not_closed')
  ) {
    return false;
  }
  return STRUCTURAL.has(problem.kind) || (problem.key !== null && keys.has(problem.key));
}

function drafts(file: ConfigFile, keys: ReadonlySet<string>, legs: readonly Leg[]): FactDraft[] {
  const { problems } = file.ini;
  return problems.flatMap((problem): FactDraft[] => {
    const words = WORDS[problem.kind];
    if (words === undefined || !matters(problem, keys, problems)) return [];
    // A file that is one line as a whole is told of once.
    if (problem.line === 1 && isOneLineFile(file)) return [];
    if (problem.kind === 'duplicate_key' && !valuesDiffer(file, problem)) return [];
    const shown = problem.text === '' ? '' : ` (${problem.text})`;
    return [
      {
        finding: 'agent.config_syntax',
        kind: problem.kind,
        effect: words.effect,
        source: { kind: 'file', name: file.path, line: problem.line },
        text: `${words.text}${shown}`,
        legs,
        data: { key: problem.key },
      },
    ];
  });
}

function isOneLineFile({ result }: ConfigFile): boolean {
  return result.state === 'read' && isOneLine(new TextDecoder().decode(result.bytes));
}

function valuesDiffer(file: ConfigFile, { section, key }: IniProblem): boolean {
  const values = file.ini.entries.filter((entry) => entry.section === section && entry.key === key);
  return new Set(values.map(({ value }) => value)).size > 1;
}

/** A file that is there and cannot be read leaves its part of the picture open. */
function unreadable(file: ConfigFile, legs: readonly Leg[]): FactDraft[] {
  // What was not read for want of time says nothing of the file.
  if (file.result.state !== 'unreadable' || file.result.code === 'ETIMEDOUT') return [];
  return [
    {
      finding: 'agent.config_syntax',
      kind: 'unreadable',
      effect: 'note',
      source: { kind: 'file', name: file.path, line: null },
      text: `the file exists but could not be read (${file.result.code}); what it says is not known: run as root`,
      legs,
    },
  ];
}

export function lintSyntax(context: LintContext): FactDraft[] {
  const { claimConf, cloudConf, netdataConf } = context.settings.files;
  const open = claimIsOpen(context);
  const claimReads = open && context.rules.claimsByItself;
  // Before claiming, cloud.conf is only what other claim inputs fall back to.
  const cloudMatters = !open || context.settings.claim.kind !== 'claim.conf';
  return [
    ...(claimReads ? [...drafts(claimConf, CLAIM_KEYS, CLAIM_LEG), ...unreadable(claimConf, CLAIM_LEG)] : []),
    ...(cloudMatters ? drafts(cloudConf, CLOUD_KEYS, LINK_LEGS) : []),
    ...unreadable(cloudConf, LINK_LEGS),
    ...drafts(netdataConf, new Set(), LINK_LEGS).filter(({ kind }) => kind === 'bom' || kind === 'not_text'),
    ...drafts({ ...netdataConf, ini: cloudSection(netdataConf) }, new Set(['proxy']), LINK_LEGS),
    ...unreadable(netdataConf, LINK_LEGS),
  ];
}

/** Of netdata.conf only `[cloud]` matters here; its other sections follow habits of their own. */
function cloudSection(file: ConfigFile): ConfigFile['ini'] {
  const line = (problem: IniProblem): boolean =>
    problem.section === 'cloud' || (problem.kind === 'unknown_section_case' && /^\[\s*cloud\s*\]$/i.test(problem.text));
  return {
    ...file.ini,
    problems: file.ini.problems.filter((problem) => line(problem) && problem.kind !== 'section_not_closed'),
  };
}
