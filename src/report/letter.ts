/**
 * One page for the people who run the firewall, the proxy or the resolvers and have never heard of Netdata: who needs
 * what to where, what was seen, when and from where, and the rule they can use. Pure; foreign text is escaped.
 */
import type { FoundFinding } from '../model/finding.js';
import type { Observation } from '../model/observation.js';
import type { Report } from '../model/report.js';
import { safeText } from './escape.js';
import { simulationMark } from './judgement.js';
import type { Renderer } from './renderer.js';
import { LEGS } from '../model/route.js';
import { ADDRESSEE, destinations, request, type Destination } from './letter-request.js';
import { seenLine, utc } from './letter-seen.js';
import { wrap } from './width.js';

const WIDTH = 78;
/** One page: the first exchanges tell the story, the rest is in the report. */
const MOST_EXCHANGES = 6;

export function letter(report: Report): string {
  const findings = report.findings.filter((finding): finding is FoundFinding => finding.outcome === 'found');
  const blocking = findings.filter(({ severity }) => severity !== 'notes');
  const cause = blocking.find((finding) => OUTSIDE.includes(audienceOf(finding))) ?? blocking[0] ?? null;
  const hosts = destinations(report);
  const mark = simulationMark(report);
  const parts = [
    ...(mark === null ? [] : [paragraph(`${mark}: this is practice. Do not send it.`)]),
    ...ownFirst(cause),
    opening(report, cause),
    need(report, hosts),
    cause === null ? nothingWrong() : seen(report, cause),
    ...open(report, cause),
    ...besides(blocking, cause),
    asked(report, cause, hosts),
    closing(report, cause, hosts),
  ];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

const OUTSIDE: readonly FoundFinding['blames'][] = ['network', 'proxy', 'dns'];

/** Who gets the letter: a login at the proxy is configured here, and granted there. */
function audienceOf({ id, blames }: FoundFinding): FoundFinding['blames'] {
  return id.startsWith('proxy.auth_') ? 'proxy' : blames;
}

/** Whoever sends the letter first has to know that their own host was not excluded. */
function ownFirst(cause: FoundFinding | null): string[][] {
  const own = cause?.data['ownRules'];
  if (cause === null || !OUTSIDE.includes(audienceOf(cause)) || typeof own !== 'string' || own === 'clear') return [];
  return [
    paragraph(
      own === 'not_read'
        ? "Before you send this, run the doctor again as root: it did not read this server's own firewall rules, and one of them may be what blocks."
        : "Before you send this: a rule of this server's own firewall may be the one that blocks; the report names it.",
    ),
  ];
}

/** Most of what was left unchecked that a page has room for. */
const MOST_OPEN = 4;

/** What else it could be: never withheld from whoever is asked to change something. */
function open(report: Report, cause: FoundFinding | null): string[][] {
  if (cause === null) return [];
  const own = cause.data['ownRules'];
  const findings = report.findings.flatMap((one) => (one.outcome === 'not_checked' ? [one.because] : []));
  const missing = [...report.notChecked, ...findings];
  const lines = [
    ...(own === 'not_read' ? ["This server's own firewall rules: not read."] : []),
    ...(typeof own === 'string' && own !== 'clear' && own !== 'not_read'
      ? ["This server's own firewall: read, and one of its rules could not be judged."]
      : []),
    ...(cause.wouldTell === null ? [] : [`What would settle it: ${cause.wouldTell}`]),
    ...missing.slice(0, MOST_OPEN),
    ...(missing.length > MOST_OPEN ? [`${String(missing.length - MOST_OPEN)} more: see the report.`] : []),
  ];
  const sure = cause.confidence === 'certain' && lines.length === 0;
  return [
    [
      'What is not excluded',
      ...(sure
        ? paragraph('Nothing that we know of: no other explanation fits what was seen.', '  ')
        : lines.length === 0
          ? paragraph(`This is ${cause.confidence}, not certain.`, '  ')
          : lines.flatMap((line) => bullet(line))),
    ],
  ];
}

function bullet(text: string): string[] {
  return paragraph(safeText(text, 400), '    ').map((line, index) => (index === 0 ? `  - ${line.slice(4)}` : line));
}

function paragraph(text: string, indent = ''): string[] {
  return wrap(text, WIDTH - indent.length).map((line) => `${indent}${line}`);
}

function opening(report: Report, cause: FoundFinding | null): string[] {
  const host = safeText(report.environment.hostname, 100);
  const subject =
    cause === null
      ? `Subject: outbound HTTPS that server ${host} needs`
      : `Subject: ${host}: ${safeText(cause.title, 200)}`;
  return [
    ...paragraph(`To: ${cause === null ? 'the people who run the firewall or proxy' : ADDRESSEE[audienceOf(cause)]}`),
    ...paragraph(subject),
    '',
    ...paragraph(
      `On the server ${host} runs (or will run) a monitoring agent, Netdata. It connects out to its cloud service over HTTPS. ` +
        (cause === null
          ? 'At the moment this works; this page says what has to stay open.'
          : `${cause.severity === 'blocks' ? 'At the moment this does not work.' : 'At the moment this works, but not for long or not surely.'} This page says what it needs, what was seen, and what would help.`),
    ),
    ...(cause !== null && !OUTSIDE.includes(audienceOf(cause))
      ? [
          '',
          ...paragraph(
            audienceOf(cause) === 'cloud'
              ? 'Note: nothing has to be changed on the network: the service itself answers with an error.'
              : 'Note: nothing has to be changed on the network: what stops it lies on the server itself.',
          ),
        ]
      : []),
  ];
}

function need(report: Report, hosts: readonly Destination[]): string[] {
  return [
    'What is needed',
    '  direction: outbound only   protocol: TCP (TLS inside)   nothing inbound',
    ...proxiesInUse(report).flatMap((proxy) => paragraph(`through the proxy ${proxy}, as a tunnel`, '  ')),
    ...hosts.flatMap(({ host, port, why, required }) => [
      `  ${host} port ${String(port)}${required ? '' : ' (optional)'}${stateOf(report, host)}`,
      ...paragraph(why, '      '),
    ]),
  ];
}

/** What becomes of it now; nothing is said of what was not found out. */
function stateOf(report: Report, host: string): string {
  const outcomes = LEGS.filter((leg) => report.agent.legs[leg].host === host).map(
    (leg) => report.verdict.legs[leg].outcome,
  );
  if (outcomes.includes('will_fail')) return '   (fails now)';
  if (outcomes.includes('at_risk')) return '   (works, not surely)';
  return outcomes.length > 0 && outcomes.every((outcome) => outcome === 'will_work') ? '   (works now)' : '';
}

/** Proxies that the Agent's own legs go through. */
function proxiesInUse(report: Report): readonly string[] {
  const used = report.routes.flatMap(({ route, usedBy }) =>
    route.kind === 'direct' || usedBy.length === 0
      ? []
      : [`${safeText(route.proxy.host, 255)} port ${String(route.proxy.port)}`],
  );
  return [...new Set(used)];
}

function nothingWrong(): string[] {
  return ['What was seen', ...paragraph('Every step worked at the time of the test; nothing has to be changed.', '  ')];
}

function seen(report: Report, cause: FoundFinding): string[] {
  const byId = new Map(report.observations.map((one) => [one.id, one]));
  const cited = cause.evidence.flatMap((id) => byId.get(id) ?? []);
  const exchanges = once(cited);
  const left = exchanges.length - MOST_EXCHANGES;
  return [
    'What was seen',
    ...source(report),
    ...exchanges.slice(0, MOST_EXCHANGES).flatMap(({ one, times }) => exchange(report, one, times)),
    ...(left > 0 ? [`  … and ${String(left)} more of the kind`] : []),
    '',
    ...paragraph(safeText(cause.why, 1500), '  '),
  ];
}

/** Where packets come from, as far as this host knows: of connections that were made, else by its routing table. */
function sources(report: Report): readonly string[] {
  const of = (pick: (one: Observation) => readonly (string | null | undefined)[]): readonly string[] => [
    ...new Set(report.observations.flatMap(pick).filter((address) => address != null)),
  ];
  const connected = of((one) => (one.operation === 'connect' ? [one.localAddress] : []));
  const routed = of((one) => (one.operation === 'read_host_network' ? [one.source4, one.source6] : []));
  return (connected.length > 0 ? connected : routed).slice(0, 4).map((address) => safeText(address, 60));
}

/** A NAT on the way may show another address. */
function source(report: Report): string[] {
  const own = sources(report);
  const from = own.length === 0 ? safeText(report.environment.hostname, 100) : own.join(', ');
  return [`  source: ${from} (before any address translation)`];
}

interface Exchange {
  readonly one: Observation;
  readonly times: number;
}

/** Exchanges of the same kind with the same end are told once; what differs in milliseconds does not differ. */
function once(cited: readonly Observation[]): readonly Exchange[] {
  const byKind = new Map<string, { one: Observation; times: number }>();
  for (const one of cited) {
    const line = seenLine(one);
    if (line === null) continue;
    const kind = line.replace(/(?:after|in) [\d.]+ m?s\b/gu, '');
    const had = byKind.get(kind);
    if (had === undefined) byKind.set(kind, { one, times: 1 });
    else had.times += 1;
  }
  return [...byKind.values()];
}

function exchange(report: Report, one: Observation, times: number): string[] {
  const line = seenLine(one) ?? '';
  const again = times > 1 ? ` (${String(times)} times)` : '';
  return [`  ${utc(report.startedAt, one.t0Ms)}${again}`, ...paragraph(line, '      ')];
}

/** Independent causes beside the first: somebody has to know of them too. */
function besides(blocking: readonly FoundFinding[], cause: FoundFinding | null): string[][] {
  const others = blocking.filter((finding) => finding !== cause && finding.severity === 'blocks');
  if (others.length === 0) return [];
  return [
    [
      'Besides this',
      ...others
        .slice(0, 3)
        .flatMap((finding) =>
          paragraph(`${safeText(finding.title, 200)} (for ${ADDRESSEE[audienceOf(finding)]})`, '  '),
        ),
    ],
  ];
}

function asked(report: Report, cause: FoundFinding | null, hosts: readonly Destination[]): string[] {
  const address = sources(report)[0] ?? 'SOURCE';
  return [
    cause === null ? 'What has to stay open' : 'What we ask for',
    ...request(cause, hosts).flatMap((line) =>
      line.startsWith('  ') ? [`  ${line.replace('SOURCE', address)}`] : paragraph(line, '  '),
    ),
  ];
}

function closing(report: Report, cause: FoundFinding | null, hosts: readonly Destination[]): string[] {
  // Behind a proxy the addresses concern nobody here.
  const known = cause?.id.startsWith('proxy.') === true ? [] : hosts.filter(({ addresses }) => addresses.length > 0);
  const heading =
    cause?.id.startsWith('dns.') === true
      ? 'Addresses that belong to the names (they change; what counts is an unfiltered answer)'
      : 'If your firewall cannot match names: the addresses now (they change)';
  return [
    ...(known.length === 0
      ? []
      : [heading, ...known.flatMap(({ host, addresses }) => paragraph(`${host}: ${addresses.join(', ')}`, '  ')), '']),
    ...paragraph(
      `Tested ${utc(report.startedAt, 0)} with netdata-egress ${safeText(report.tool.version, 40)} for Netdata Agent ${safeText(report.agent.version.value, 40)}.`,
    ),
  ];
}

export const letterFormat: Renderer = {
  id: 'letter',
  title: 'one page for the people who run the firewall, the proxy or DNS',
  extension: 'letter.txt',
  render: (report) => letter(report),
};
