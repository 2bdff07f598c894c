/** docs/reference/versions.md, out of the table. */
import { NEWEST_RELEASE, OLDEST_READ } from '../versions.js';
import type { RuleValue, VersionRule } from './rule.js';
import { RULES, SECTIONS } from './table.js';

/** One version of each, and which others behave alike as far as the link goes. */
export const BREAKPOINTS: readonly { readonly version: string; readonly standsFor: string }[] = [
  { version: '1.33.1', standsFor: '1.32.0 to 1.34.1' },
  { version: '1.36.1', standsFor: '1.35.0 to 1.36.1' },
  { version: '1.37.1', standsFor: '1.37.0 and 1.37.1' },
  { version: '1.40.1', standsFor: '1.38.0 to 1.41.0' },
  { version: '1.43.2', standsFor: '1.42.0 to 1.45.4' },
  { version: '1.45.6', standsFor: '1.45.5 to 1.46.1' },
  { version: '1.46.3', standsFor: '1.46.2 and 1.46.3' },
  { version: '1.47.1', standsFor: '1.47.0 and 1.47.1' },
  { version: '1.47.5', standsFor: '1.47.2 to 1.47.5' },
  { version: '2.0.3', standsFor: '2.0.0 to 2.0.3' },
  { version: '2.1.1', standsFor: '2.1.0 to 2.2.0' },
  { version: '2.2.6', standsFor: '2.2.1 to 2.2.6' },
  { version: '2.5.4', standsFor: '2.3.0 to 2.5.4' },
  { version: '2.9.0', standsFor: '2.6.0 to 2.9.0' },
  { version: '2.10.3', standsFor: '2.10.0 to 2.10.3' },
  { version: '2.10.4', standsFor: '2.10.4' },
  { version: '2.11.0', standsFor: '2.11.0' },
];

function shown(value: RuleValue): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value === '' ? '(empty)' : String(value);
}

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`);

function row(name: string, rule: VersionRule): string {
  const steps = rule.changes.map(({ since, now }) => {
    const build = since.nightly === null ? '' : ` (build ${since.nightly})`;
    return `${since.release}${build}: ${shown(now)}`;
  });
  return `| \`${name}\` | ${cell(rule.title)} | ${cell(shown(rule.first))} | ${cell(steps.join('; '))} | ${cell(rule.source)} |`;
}

export function versionsDocument(): string {
  const sections = SECTIONS.map(({ title, rules }) =>
    [
      `## ${title}`,
      '',
      '| rule | what it is about | at first | since | source |',
      '| --- | --- | --- | --- | --- |',
      ...rules.map((name) => row(name, RULES[name] as VersionRule)),
    ].join('\n'),
  );
  return [
    '# What changed between versions of the Agent',
    '',
    '<!-- Written by `npm run versions` out of src/agent/versions/. Do not edit. -->',
    '',
    `Every rule that decides a route, a reply, a wait, a claim or a word, and the release since which it holds. Read in the sources at the tags from ${OLDEST_READ} to ${NEWEST_RELEASE.version}, and partly run. "At first" is what ${OLDEST_READ} does. A build between releases (\`2.10.0-151-nightly\`) has what its number says, counted in commits on the main line; patch releases have changes of their own. 2.12.0 stands for the next release. Sources are files of netdata/netdata: function, at the tag of the change (below \`src/\` from 1.45.0).`,
    '',
    'Not known, and said so instead of guessed: whether today’s cloud still offers what versions before 1.39.0 ask for (topics, an MQTT 3 transport, encoding JSON), and what distributions patch. Below 1.32.0 nothing was read, and the cloud asks for 1.32 at least.',
    '',
    '## Versions that stand for others',
    '',
    '| version | stands for |',
    '| --- | --- |',
    ...BREAKPOINTS.map(({ version, standsFor }) => `| ${version} | ${standsFor} |`),
    '',
    sections.join('\n\n'),
    '',
  ].join('\n');
}
