/**
 * One letter a team: everything that it can mend, with all hosts in it, for people who have never heard of Netdata. Pure;
 * foreign text is escaped.
 */
import type { Blame } from '../../model/finding.js';
import { safeText } from '../escape.js';
import { ADDRESSEE, request, type Destination } from '../letter-request.js';
import { wrap } from '../width.js';
import { count } from '../words.js';
import type { FleetNeed, FleetRow, Team, TeamLetter } from './document.js';

const WIDTH = 78;
const TEAMS: readonly Team[] = ['network', 'proxy', 'dns', 'host'];
/** Whoever stands outside has to know that this host was excluded. */
const OUTSIDE: readonly Team[] = ['network', 'proxy', 'dns'];

/** A login at a proxy is configured on the host, and granted by the proxy's team. */
function teamOf({ id, blames }: { readonly id: string; readonly blames: Blame }): Team | null {
  if (id.startsWith('proxy.auth_')) return 'proxy';
  if (blames === 'agent_config') return 'host';
  return blames === 'cloud' ? null : blames;
}

interface Matter {
  readonly id: string;
  readonly blocks: boolean;
  readonly titles: Map<string, number>;
  readonly hosts: FleetRow[];
}

const paragraph = (text: string, indent = ''): string[] =>
  wrap(text, WIDTH - indent.length).map((line) => `${indent}${line}`);

/** The wording that most hosts have. */
export function mostCommon(counts: ReadonlyMap<string, number>): string {
  const [first] = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return first?.[0] ?? '';
}

function mattersOf(team: Team, rows: readonly FleetRow[]): readonly Matter[] {
  const matters = new Map<string, Matter>();
  for (const row of rows) {
    const told = new Set<string>();
    for (const finding of row.facts.findings) {
      if (finding.severity === 'notes' || teamOf(finding) !== team || told.has(finding.id)) continue;
      told.add(finding.id);
      const blocks = finding.severity === 'blocks';
      const key = `${String(blocks)} ${finding.id}`;
      const known = matters.get(key) ?? { id: finding.id, blocks, titles: new Map<string, number>(), hosts: [] };
      known.titles.set(finding.title, (known.titles.get(finding.title) ?? 0) + 1);
      known.hosts.push(row);
      matters.set(key, known);
    }
  }
  return [...matters.values()].sort(
    (a, b) => Number(b.blocks) - Number(a.blocks) || b.hosts.length - a.hosts.length || (a.id < b.id ? -1 : 1),
  );
}

/** `web-1 (10.0.0.5), …`, all of them. */
function hostLines(rows: readonly FleetRow[]): string[] {
  const names = rows.map(({ host, source }) =>
    source === null ? safeText(host, 200) : `${safeText(host, 200)} (${safeText(source, 60)})`,
  );
  return paragraph(names.join(', '), '    ');
}

function matterLines(team: Team, matter: Matter, hosts: readonly Destination[], number: number): string[] {
  const { id, blocks, titles } = matter;
  const unread = matter.hosts.filter(
    ({ facts }) => facts.cause === id && facts.ownRules !== null && facts.ownRules !== 'clear',
  );
  const also = titles.size > 1 ? ` (and ${count(titles.size - 1, 'other wording')} of the same)` : '';
  return [
    ...paragraph(`${String(number)}. ${safeText(mostCommon(titles), 300)}${also}`),
    ...paragraph(
      `${id}: ${blocks ? 'does not work' : 'works, but not surely'} on ${count(matter.hosts.length, 'host')}:`,
      '  ',
    ),
    ...hostLines(matter.hosts),
    ...(OUTSIDE.includes(team) && unread.length > 0
      ? [
          ...paragraph(
            `Before this is sent: on ${count(unread.length, 'host')} the host's own firewall was not read, or may be what blocks; run the doctor there as root:`,
            '  ',
          ),
          ...hostLines(unread),
        ]
      : []),
    '',
    ...(team === 'host'
      ? paragraph(`What to do: netdata-egress explain ${id}, and the run of each host.`, '  ')
      : [
          ...paragraph('What we ask for:', '  '),
          ...request({ id, data: {} }, hosts).flatMap((line) =>
            line.startsWith('  ') ? [`    ${line.trimStart()}`] : paragraph(line, '    '),
          ),
        ]),
  ];
}

function networksOf(rows: readonly FleetRow[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { facts } of rows)
    if (facts.subnet !== null) counts.set(facts.subnet, (counts.get(facts.subnet) ?? 0) + 1);
  return [...counts]
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .map(([value, n]) => `${safeText(value, 60)} (${String(n)})`);
}

/** Destinations as the letter of one host has them. */
function destinationsOf(needs: readonly FleetNeed[]): readonly Destination[] {
  const byHost = new Map<string, Destination>();
  for (const { host, port, required } of needs) {
    const key = `${host} ${String(port)}`;
    const had = byHost.get(key);
    byHost.set(key, {
      host: safeText(host, 255),
      port,
      why: '',
      required: required || (had?.required ?? false),
      addresses: [],
    });
  }
  return [...byHost.values()];
}

/** `rows` sorted by host; `needsOf` = the union of what some of them need. */
export function lettersOf(
  rows: readonly FleetRow[],
  needsOf: (some: readonly FleetRow[]) => readonly FleetNeed[],
): readonly TeamLetter[] {
  return TEAMS.flatMap((team) => {
    const matters = mattersOf(team, rows);
    if (matters.length === 0) return [];
    const concerned = [...new Set(matters.flatMap(({ hosts }) => hosts))];
    const needs = needsOf(concerned);
    const hosts = destinationsOf(needs);
    const networks = networksOf(concerned);
    const lines = [
      ...paragraph(`To: ${ADDRESSEE[team]}`.replace('of this host', 'of these hosts')),
      ...paragraph(`Subject: ${count(concerned.length, 'server')} and Netdata Cloud`),
      '',
      ...paragraph(
        `On these servers runs (or will run) a monitoring agent, Netdata. It connects out to its cloud service over HTTPS. ` +
          `This page says what it needs, what was seen, and what would help. SOURCE below stands for the servers' addresses.`,
      ),
      '',
      'What is needed',
      '  direction: outbound only   protocol: TCP (TLS inside)   nothing inbound',
      ...needs.flatMap(({ host, port, through, required, hosts: n }) =>
        paragraph(
          `${safeText(host, 255)} port ${String(port)}${through === null ? '' : ` through the proxy ${safeText(through, 255)}`}${required ? '' : ' (optional)'}: ${count(n, 'host')}`,
          '  ',
        ),
      ),
      ...(networks.length === 0 ? [] : paragraph(`from: ${networks.join(', ')}`, '  ')),
      ...matters.flatMap((matter, index) => ['', ...matterLines(team, matter, hosts, index + 1)]),
    ];
    return [{ team, hosts: concerned.length, text: `${lines.join('\n')}\n` }];
  });
}
