/** Words that several forms of the fleet page share. */
import type { Outcome } from '../../model/prediction.js';
import { BLAME_WORDS } from '../../model/words.js';
import { count, type Tone } from '../words.js';
import type {
  FacetName,
  FleetCause,
  FleetDocument,
  FleetNeed,
  LeftOutKind,
  OddHost,
  Share,
  Team,
  TrendHost,
} from './document.js';

const FACET_WORDS: Readonly<Record<Exclude<FacetName, `label:${string}`>, string>> = {
  subnet: 'network',
  egress: 'egress address',
  gateway: 'gateway',
  route: 'route',
  resolver: 'resolver',
  issuer: 'issuer of certificates',
  agent: 'Agent',
  platform: 'platform',
};

export function facetWord(name: FacetName): string {
  if (!name.startsWith('label:')) return FACET_WORDS[name as keyof typeof FACET_WORDS];
  return name.slice('label:'.length);
}

export const TEAM_WORDS: Readonly<Record<Team, string>> = {
  network: 'network or firewall team',
  proxy: 'proxy team',
  dns: 'DNS team',
  host: 'administrators of the hosts',
};

export const LEFT_OUT_WORDS: Readonly<Record<LeftOutKind, string>> = {
  damaged: 'damaged',
  foreign: 'not a saved run',
  invalid: 'not a valid run',
  newer: 'of a newer version',
  too_large: 'too large',
  unreadable: 'unreadable',
  duplicate: 'the same run again',
  superseded: 'replaced by a later run of the host',
  too_many: 'beyond the number of hosts',
};

export const OUTCOMES: readonly Outcome[] = ['will_work', 'will_fail', 'at_risk', 'unknown'];

export function headline({ hosts, outcomes }: FleetDocument): string {
  const { will_work, will_fail, at_risk, unknown } = outcomes;
  return `${count(hosts.length, 'host')}: ${will_work} will work, ${will_fail} will fail, ${at_risk} at risk, ${unknown} not decided`;
}

export function causeTitle({ cause }: FleetCause): string {
  return cause === 'none' ? 'nothing in the way' : cause;
}

export function causeTone({ cause, outcomes }: FleetCause): Tone {
  if (outcomes.will_fail > 0) return 'fail';
  if (cause === 'none') return outcomes.will_work > 0 ? 'ok' : 'unknown';
  if (outcomes.at_risk > 0) return 'warn';
  return cause === 'undecided' ? 'unknown' : 'warn';
}

export function causeWords({ hosts, cannotClaim, cannotLink, blames }: FleetCause): string {
  const who = blames === null ? '' : `; who must act: ${BLAME_WORDS[blames]}`;
  return `${cannotClaim} of ${hosts.length} cannot claim, ${cannotLink} cannot link${who}`;
}

/** `proxy 10.0.0.1:3128 (5 of 6)`: of the hosts with the value, so many have the cause. */
export const shareWords = ({ value, hosts, of }: Share): string =>
  `${value} (${hosts === of ? 'all ' : ''}${hosts}${hosts === of ? '' : ` of ${of}`})`;

export function needWords({ host, port, through, required }: Omit<FleetNeed, 'hosts' | 'subnets' | 'more'>): string {
  return `TCP ${port} to ${host}${through === null ? '' : ` through the proxy ${through}`}${required ? '' : ' (optional)'}`;
}

export function oddWords({ cause, usualCause, group }: OddHost): string {
  const name = (one: string): string => (one === 'none' ? 'nothing in the way' : one);
  return `${name(cause)}; the others of ${facetWord(group.name)} ${group.value} (${count(group.hosts, 'host')}): ${name(usualCause)}`;
}

export function differsWords({ differs }: OddHost): string {
  if (differs.length === 0) return 'no fact that was gathered tells it apart';
  return differs.map(({ fact, here, usual }) => `${fact}: ${here || 'none'}, usually ${usual || 'none'}`).join('; ');
}

/** `3 damaged, 1 unreadable`; empty when nothing was left out. */
/** Hosts that changed alike, under what became of their cause; that once, where nothing became of it. */
export function changesOf(hosts: readonly TrendHost[]): readonly (readonly [change: string, hosts: string[]])[] {
  const changes = new Map<string, string[]>();
  for (const { host, before, now } of hosts) {
    const [was, is] = [before, now].map((cause) => (cause === 'none' ? 'nothing in the way' : (cause ?? 'not there')));
    const change = was === is ? now : `${was} → ${is}`;
    const known = changes.get(change);
    if (known === undefined) changes.set(change, [host]);
    else known.push(host);
  }
  return [...changes];
}

export function leftOutWords({ leftOut }: FleetDocument): string {
  return Object.entries(leftOut)
    .filter(([, n]) => n > 0)
    .map(([kind, n]) => `${n} ${LEFT_OUT_WORDS[kind as LeftOutKind]}`)
    .join(', ');
}
