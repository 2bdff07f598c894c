/** `netdata-egress resolve` for people: per name what the Agent gets, who answered what, and what each address is worth. */
import type { DnsQueryObservation, ResolveObservation } from '../../model/observation.js';
import { EXIT, type AddressFacts } from '../../model/report.js';
import { safeText, toAscii } from '../../report/escape.js';
import type { Paint } from '../../report/paint.js';
import { wrap } from '../../report/width.js';
import { ADDRESS_CLASS_WORDS, FAILURE_WORDS } from '../../model/words.js';
import { count } from '../../report/words.js';
import type { ResolveVerdict } from './judge.js';

export interface HostView {
  readonly host: string;
  readonly os: ResolveObservation | null;
  readonly resolvers: readonly DnsQueryObservation[];
  readonly addresses: readonly AddressFacts[];
}

interface View {
  readonly paint: Paint;
  readonly width: number;
  readonly unicode: boolean;
  /** The verdict alone. */
  readonly quiet?: boolean;
}

function agentGets(os: ResolveObservation | null): string {
  if (os === null) return 'not asked';
  if (os.addresses.length > 0) return os.addresses.map(({ address }) => address).join(', ');
  return `nothing: ${os.failure === null ? 'no addresses' : FAILURE_WORDS[os.failure.kind]}`;
}

function answerText(seen: DnsQueryObservation): string {
  if (seen.failure !== null) return FAILURE_WORDS[seen.failure.kind];
  if (seen.addresses.length === 0) return seen.rcode === 'NOERROR' ? 'no addresses' : (seen.rcode ?? 'no answer');
  const ttl = Math.min(...seen.answers.map((answer) => answer.ttl));
  const via = seen.cnames.length > 0 ? `, via ${seen.cnames.join(' > ')}` : '';
  return `${seen.addresses.join(', ')}, TTL ${String(ttl)} s${via}`;
}

function addressText({ class: kind, knownSince, knownSource, translated }: AddressFacts): string {
  const what = kind === 'sinkhole' ? 'SINKHOLE: not the service' : ADDRESS_CLASS_WORDS[kind];
  const words = translated === undefined ? what : `NAT64 for ${translated}, ${what}`;
  return knownSince === null ? words : `${words} since ${knownSince} (${knownSource ?? 'no source'})`;
}

/** `term` in a column of its own, the text wrapped beside it. */
function entry(term: string, text: string, indent: number, column: number, width: number): string[] {
  const left = ' '.repeat(indent) + term;
  const lines = wrap(text, width - column);
  const fits = left.length < column;
  return [
    ...(fits ? [] : [left]),
    ...lines.map((line, index) => (index === 0 && fits ? left.padEnd(column) : ' '.repeat(column)) + line),
  ];
}

function resolverLines(resolvers: readonly DnsQueryObservation[], width: number): string[] {
  const groups = new Map<string, DnsQueryObservation[]>();
  for (const seen of resolvers) {
    const name = `${seen.resolver} (${seen.resolverSource})`;
    groups.set(name, [...(groups.get(name) ?? []), seen]);
  }
  return [...groups].flatMap(([name, seen]) => [
    ...entry('resolver', name, 2, 18, width),
    ...seen.flatMap((each) => {
      const transport = each.transport === 'udp' ? '' : ` (over ${each.transport.toUpperCase()})`;
      return entry(each.type, answerText(each) + transport, 4, 18, width);
    }),
  ]);
}

export function renderResolve(hosts: readonly HostView[], verdict: ResolveVerdict, view: View): string {
  const { paint, width } = view;
  const clean = (text: string): string => (view.unicode ? safeText(text) : toAscii(safeText(text)));
  const colour = { [EXIT.OK]: paint.green, [EXIT.BLOCKED]: paint.red }[verdict.exitCode as number] ?? paint.yellow;
  const lines = wrap(clean(verdict.text), width).map((line) => paint.bold(colour(line)));
  if (view.quiet === true) return `${lines.join('\n')}\n`;
  for (const { host, os, resolvers, addresses } of hosts) {
    lines.push('', paint.bold(clean(host)));
    lines.push(...entry('the Agent gets', agentGets(os), 2, 18, width).map(clean));
    lines.push(...resolverLines(resolvers, width).map(clean));
    if (resolvers.length === 0) lines.push(...entry('resolver', 'none configured', 2, 18, width));
    lines.push(...addresses.flatMap((facts) => entry(facts.address, addressText(facts), 2, 18, width)).map(clean));
  }
  const total = hosts.reduce((sum, { addresses }) => sum + addresses.length, 0);
  lines.push(
    '',
    `${count(hosts.length, 'name')}, ${count(total, 'address', 'addresses')}. Exit ${String(verdict.exitCode)}.`,
    '',
  );
  return lines.join('\n');
}
