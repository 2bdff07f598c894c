/**
 * What every artefact says about itself: what it allows, where the addresses come from and how old they are,
 * how to refresh, how to remove. Times stand on lines of their own (VOLATILE), which comparisons leave out.
 */
import { createHash } from 'node:crypto';
import type { AllowList, AllowListHost } from '../../model/allow-list.js';
import { KEEP, keepLines } from './keep.js';
import { isOwn } from './allow-list.js';
import { MARKER } from './names.js';
import { safeComment } from './sanitise.js';
import type { RuleOptions, RuleTarget } from './target.js';

/** Starts the part of a header line that changes without the rules changing. */
export const VOLATILE = `${MARKER}-time:`;

/** Hash over what the rules say, not over when it was learnt: equal rules have equal revisions. */
export function revisionOf(list: AllowList, options: RuleOptions): string {
  const body = {
    hosts: list.hosts.map((host) => ({
      fqdn: host.fqdn,
      ports: host.ports,
      addresses: host.addresses.map((address) => address.cidr),
    })),
    resolvers: list.resolvers,
    // Settings that are not used must not change the revision when a target learns a new one.
    options: {
      ...options,
      settings: Object.fromEntries(
        Object.entries(options.settings).filter(
          ([name, value]) => value !== '' && (name !== KEEP.name || options.mode === 'enforce'),
        ),
      ),
      toolVersion: undefined,
    },
  };
  return createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 12);
}

function oldest(list: AllowList): string | null {
  const expiries = list.hosts.flatMap((host) => host.addresses.flatMap((address) => address.expires ?? []));
  return expiries.sort()[0] ?? null;
}

function countOf(list: AllowList, family: 4 | 6): number {
  return new Set(
    list.hosts.flatMap((host) => host.addresses.filter((a) => a.family === family).map((address) => address.cidr)),
  ).size;
}

const YEAR_MS = 365.25 * 86_400_000;

/** Addresses of a list that is a year old or more, in whole years; on a line that comparisons leave out. */
function ageLines(list: AllowList): string[] {
  const oldSince = list.hosts.flatMap((host) => host.addresses.map((address) => address.lastSeen)).sort()[0];
  if (oldSince === undefined) return [];
  const years = Math.floor((Date.parse(list.createdAt) - Date.parse(oldSince)) / YEAR_MS);
  if (!(years >= 1)) return [];
  const age = `${String(years)} ${years === 1 ? 'year' : 'years'} old`;
  return [`${VOLATILE} the oldest of these addresses was last confirmed ${oldSince.slice(0, 10)}: ${age}.`];
}

function addressLines(list: AllowList, options: RuleOptions): string[] {
  const lines: string[] = [];
  const family = (id: 4 | 6): string => {
    if (!options.families.includes(id))
      return `IPv${String(id)} deliberately not emitted (asked for on the command line)`;
    const count = countOf(list, id);
    return count === 0
      ? `IPv${String(id)}: none of the names has such an address`
      : `IPv${String(id)}: ${String(count)}`;
  };
  lines.push(`Addresses: ${family(4)}; ${family(6)}.`);
  const sources = [...new Set(list.hosts.flatMap((host) => host.addresses.map((address) => address.source)))].sort();
  if (sources.length > 0) lines.push(`Addresses from: ${safeComment(sources.join(', '), 200)}.`);
  lines.push(...ageLines(list));
  if (list.hosts.some((host) => !isOwn(host)))
    lines.push(
      'These addresses belong to shared infrastructure (load balancers, CDN): rules on them also admit its other',
      'tenants, and they change without notice. Prefer names where the device understands them, and refresh.',
    );
  return lines;
}

/** Where addresses are all that counts, an optional name without one is in no rule, and must not look as if it were. */
function byAddress(
  target: RuleTarget,
  list: AllowList,
  options: RuleOptions,
): { readonly reached: readonly AllowListHost[]; readonly missing: readonly AllowListHost[] } {
  if (target.capabilities.matches !== 'addresses') return { reached: list.hosts, missing: [] };
  const has = (host: AllowListHost): boolean => host.addresses.some(({ family }) => options.families.includes(family));
  return { reached: list.hosts.filter(has), missing: list.hosts.filter((host) => !has(host)) };
}

/** Names on the device that nobody gave: they may be others there. */
function guessLines({ settings }: RuleTarget, options: RuleOptions): string[] {
  if (options.mode === 'enforce') return [];
  const guesses = settings.filter((row) => row.guessed === true && options.settings[row.name] === row.default);
  if (guesses.length === 0) return [];
  const shown = guesses.map((row) => `${row.name}=${row.default}`).join(', ');
  return [`GUESSED NAMES, check each, or give yours with --set NAME=VALUE: ${shown}`];
}

function refreshLine({ id, capabilities }: RuleTarget, { settings }: RuleOptions): string {
  const { form = '' } = settings;
  const what = form === '' ? id : `${id} --set form=${form}`;
  if (capabilities.matches === 'names') return `Nothing to refresh; render again: netdata-egress rules ${what}`;
  const where = capabilities.live === true ? '' : ' --output-dir DIR, and load it again';
  return `Refresh: netdata-egress rules refresh ${what} --once${where}`;
}

/** Header lines without comment signs. */
export function headerLines(target: RuleTarget, list: AllowList, options: RuleOptions): string[] {
  const who = options.user === null ? 'this host or network' : `user ${options.user} on this host`;
  const { reached, missing } = byAddress(target, list, options);
  const destinations = reached.map(
    (host) => `  ${host.fqdn} tcp/${host.ports.join(',')} (${host.purpose}${host.required ? '' : ', optional'})`,
  );
  const usesAddresses = target.capabilities.matches !== 'names';
  const stale = usesAddresses ? oldest(list) : null;
  const rejected = list.rejected.map((row) => `  ${safeComment(`${row.address} for ${row.fqdn}: ${row.reason}`, 150)}`);
  return [
    `${MARKER} id=netdata-cloud rev=${revisionOf(list, options)} target=${target.id} mode=${options.mode}`,
    `${VOLATILE} made ${list.createdAt} by netdata-egress ${safeComment(options.toolVersion, 40)}` +
      (stale === null ? '' : `, first address goes stale ${stale}`),
    ...(list.incomplete === undefined ? [] : [`INCOMPLETE: ${safeComment(list.incomplete, 400)}`]),
    ...guessLines(target, options),
    `Allows ${who} to open connections to:`,
    ...destinations,
    ...missing.map((host) => `Left out, because no address is known: ${host.fqdn}`),
    ...(usesAddresses ? addressLines(list, options) : ['Matches names; the device follows their addresses itself.']),
    ...(usesAddresses && rejected.length > 0 ? ['Left out:', ...rejected] : []),
    ...keepLines(options),
    refreshLine(target, options),
    `Remove: everything that carries the marker ${MARKER}.`,
  ];
}

/** The header as comment lines, each ending in LF. */
export function header(target: RuleTarget, list: AllowList, options: RuleOptions, prefix = '# ', suffix = ''): string {
  return headerLines(target, list, options)
    .map((line) => `${`${prefix}${line}`.trimEnd()}${suffix}\n`)
    .join('');
}

/** Marker, revision and time only: for scripts that lie beside the artefact. */
export function shortHeader(target: RuleTarget, list: AllowList, options: RuleOptions, prefix = '# '): string {
  return headerLines(target, list, options)
    .slice(0, 2)
    .map((line) => `${prefix}${line}\n`)
    .join('');
}

/** Content without its volatile lines: two artefacts with equal rules are equal after this. */
export function comparable(content: string): string {
  return content
    .split('\n')
    .filter((line) => !line.includes(VOLATILE))
    .join('\n');
}
