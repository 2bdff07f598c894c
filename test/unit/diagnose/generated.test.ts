/** What is written from the rules is what the rules say. `npm run docs` writes all of it anew. */
import { expect, it } from 'vitest';
import { PLAIN_COMMANDS, withCommands } from '../../../src/diagnose/commands.js';
import { TAGS } from '../../../src/diagnose/confidence.js';
import { RULES } from '../../../src/diagnose/registry.js';
import { CATALOGUE_WORLDS } from './catalogue-worlds.js';
import { labCases, scenarioIds } from './proof.js';

const link = (id: string, folder = ''): string => `[\`${id}\`](${folder}${id}.md)`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);

/** The compiler's list of ids. */
const findingIds = (): string[] => [
  '// Written by `npm run docs` from src/diagnose/registry.ts, in the order of blame.',
  '',
  '/** `layer.cause`: a public contract. Ids are added, never renamed. */',
  'export type FindingId =',
  ...RULES.map(({ id }, at) => `  | '${id}'${at === RULES.length - 1 ? ';' : ''}`),
];

const index = (): string[] => [
  '# Causes',
  '',
  'One page per cause that the doctor can name, in the order of blame: what stands higher is the root of what stands lower. `netdata-egress explain ID` prints a page without a network.',
  '',
  ...table(
    ['id', 'what is wrong'],
    RULES.map(({ id, title }) => [link(id), title]),
  ),
];

const confidence = (): string[] => [
  '# How sure a finding is',
  '',
  'Confidence is not taste: for each cause, the first row whose evidence is all there decides. `certain` means that no other explanation fits what was seen; `likely` and `possible` say what would raise them.',
  ...RULES.flatMap(({ id, confidence: rows }) => [
    '',
    `## ${link(id, 'findings/')}`,
    '',
    ...table(
      ['evidence', 'confidence', 'what would raise it'],
      rows.map(({ when, confidence: level, wouldTell }) => [
        when.length === 0 ? 'otherwise' : when.map((tag) => TAGS[tag]).join(' **and** '),
        level,
        withCommands(wouldTell ?? '-', PLAIN_COMMANDS),
      ]),
    ),
  ]),
];

const few = (listed: readonly string[]): string => {
  if (listed.length === 0) return '-';
  const named = listed.slice(0, 3).map((name) => `\`${name}\``);
  return named.join(', ') + (listed.length > 3 ? ', …' : '');
};

const coverage = (): string[] => [
  '# What proves each cause',
  '',
  'Every id has a network in the unit tests in which it is the truth, and one in which its nearest neighbour is and it stays silent',
  '(`test/unit/diagnose/catalogue-worlds.ts`). The other columns say what produces it end to end: scenarios of the simulated cloud',
  '(`netdata-egress lab run NAME`) and cases of the root lab (`test/netns`), as the one cause or as a further remark.',
  '',
  ...table(
    ['cause', 'nearest neighbour', 'simulated cloud', 'root lab: the cause', 'root lab: also said'],
    RULES.map(({ id }) => {
      const neighbour = CATALOGUE_WORLDS.find((one) => one.id === id)?.neighbour;
      const { cause, said } = labCases(id);
      return [
        link(id, 'findings/'),
        neighbour == null ? 'nothing is wrong' : `\`${neighbour}\``,
        few(scenarioIds(id)),
        few(cause),
        few(said),
      ];
    }),
  ),
];

it.each([
  ['src/model/finding-id.ts', findingIds],
  ['docs/findings/README.md', index],
  ['docs/confidence.md', confidence],
  ['docs/coverage.md', coverage],
])('%s is current', async (path, lines) => {
  await expect(`${lines().join('\n')}\n`).toMatchFileSnapshot(`../../../${path}`);
});
