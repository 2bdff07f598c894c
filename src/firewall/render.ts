/**
 * The only way to render: checks the list and the options against what the target declares, refuses what it
 * cannot say, and looks at the result before anybody else does.
 */
import { isIP } from 'node:net';
import type { AllowList, AllowListHost, RenderedFile } from '../model/allow-list.js';
import { InvariantError, UsageError } from '../model/errors.js';
import { comparePrefixes, formatPrefix, formatShort, parsePrefix, tryParsePrefix } from './core/cidr.js';
import { rejectReason } from './core/bogons.js';
import { isOwn } from './core/allow-list.js';
import { headerLines } from './core/header.js';
import { wantsDns } from './core/keep.js';
import { MARKER } from './core/names.js';
import { hasUnsafeText, parseFqdn, parseHostName, parseUser } from './core/sanitise.js';
import { RefusalError, type CheckedAllowList, type RuleOptions, type RuleTarget } from './core/target.js';

/** What a caller may leave out. */
export type RuleRequest = Partial<Omit<RuleOptions, 'toolVersion'>> & { readonly toolVersion: string };

/** Foreign text that is only shown: as much as fits a line. */
const TEXT_MAX = 200;

function checkName(host: AllowListHost): string {
  if (!isOwn(host)) return parseFqdn(host.fqdn);
  return isIP(host.fqdn) === 0 ? parseHostName(host.fqdn) : formatShort(parsePrefix(host.fqdn));
}

function checkHost(host: AllowListHost, accepted: readonly string[]): AllowListHost {
  const fqdn = checkName(host);
  if (host.ports.length === 0) throw new UsageError(`${fqdn} has no port`);
  for (const port of host.ports)
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw new UsageError(`${fqdn}: ${JSON.stringify(port)} is not a port (1-65535)`);
  const ranges = accepted.map((text) => parsePrefix(text));
  const addresses = host.addresses.map((address) => {
    const prefix = parsePrefix(address.cidr);
    if (prefix.family !== address.family)
      throw new UsageError(`${fqdn}: ${address.cidr} is not of family ${String(address.family)}`);
    // A proxy usually has a private address; that is no reason to reject it, loopback and the like still are.
    const reason = rejectReason(prefix, isOwn(host) ? [...ranges, prefix] : ranges);
    if (reason !== null) throw new UsageError(`${fqdn}: ${address.cidr} must not enter a rule: ${reason}`);
    if (prefix.length < (prefix.family === 4 ? 8 : 16))
      throw new UsageError(`${fqdn}: ${address.cidr} is too wide to be a destination`);
    return { ...address, cidr: formatPrefix(prefix), source: address.source.slice(0, TEXT_MAX) };
  });
  return {
    ...host,
    fqdn,
    ports: [...new Set(host.ports)].sort((a, b) => a - b),
    addresses: addresses.sort((a, b) => comparePrefixes(parsePrefix(a.cidr), parsePrefix(b.cidr))),
  };
}

/**
 * Checks an allow list from anywhere and puts it in order. `accepted`: ranges that are genuine although
 * they are not public. Throws UsageError; nothing is repaired that could change the meaning.
 */
export function checkAllowList(list: AllowList, accepted: readonly string[] = []): CheckedAllowList {
  const hosts = list.hosts
    .map((host) => checkHost(host, accepted))
    .sort((a, b) => (a.fqdn < b.fqdn ? -1 : a.fqdn > b.fqdn ? 1 : (a.ports[0] ?? 0) - (b.ports[0] ?? 0)));
  const resolvers = list.resolvers.map((text) => {
    const prefix = tryParsePrefix(text);
    if ('problem' in prefix || isIP(text) === 0) throw new UsageError(`resolver ${JSON.stringify(text)} is no address`);
    return formatPrefix(prefix).replace(/\/\d+$/, '');
  });
  for (const stamp of [list.createdAt, ...hosts.flatMap((h) => h.addresses.flatMap((a) => a.expires ?? []))])
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/.test(stamp))
      throw new UsageError(`${JSON.stringify(stamp.slice(0, 60))} is not a UTC time (ISO 8601)`);
  const rejected = list.rejected.map((row) => ({
    fqdn: row.fqdn.slice(0, TEXT_MAX),
    address: row.address.slice(0, TEXT_MAX),
    reason: row.reason.slice(0, TEXT_MAX),
  }));
  return { ...list, hosts, rejected, resolvers: [...new Set(resolvers)].sort() } as unknown as CheckedAllowList;
}

function fillSettings(target: RuleTarget, given: Readonly<Record<string, string>>): Record<string, string> {
  for (const name of Object.keys(given))
    if (!target.settings.some((setting) => setting.name === name)) {
      const known = target.settings.map((setting) => setting.name).join(', ');
      throw new UsageError(
        `${target.id} has no setting ${JSON.stringify(name.slice(0, 60))} (${known || 'it has none'})`,
      );
    }
  return Object.fromEntries(
    target.settings.map((setting) => {
      const value = Object.hasOwn(given, setting.name) ? (given[setting.name] ?? '') : setting.default;
      const match = setting.pattern.exec(value);
      if (match?.[0] !== value)
        throw new UsageError(
          `${target.id}: ${JSON.stringify(value.slice(0, 60))} cannot be used as ${setting.name} (${setting.title})`,
        );
      return [setting.name, value];
    }),
  );
}

function refuseUnsupported(target: RuleTarget, list: CheckedAllowList, options: RuleOptions): void {
  const can = target.capabilities;
  const refuse = (reason: RefusalError['reason'], text: string): never => {
    throw new RefusalError(target.id, reason, text);
  };
  if (!can.modes.includes(options.mode))
    refuse('mode_not_supported', `cannot express mode ${options.mode}; it has ${can.modes.join(', ')}`);
  if (options.user !== null && !can.ownerMatch)
    refuse('user_not_supported', 'cannot match the local user; the rule would hold for everybody');
  const extra = options.families.filter((family) => !can.families.includes(family));
  if (extra.length > 0) {
    const lost = list.hosts.some((host) => host.addresses.some((address) => extra.includes(address.family)));
    if (lost)
      refuse(
        'family_not_supported',
        `cannot express IPv${extra.join(', IPv')}; leave the family out with --ipv4 or --ipv6`,
      );
  }
  if (can.matches === 'names' && can.oneFamily !== true && options.families.length < can.families.length)
    refuse('family_not_supported', 'a name stands for both families here; leave --ipv4 and --ipv6 out');
  if (options.onStale === 'expire' && !can.expiry)
    refuse('expiry_not_supported', 'its entries cannot time out by themselves; use --on-stale keep and refresh');
  if (!can.proxy && list.hosts.some((host) => host.purpose === 'proxy'))
    refuse(
      'proxy_not_supported',
      'is itself the place where the proxy’s destinations are listed; leave --proxy out'.replace('’', "'"),
    );
  const local = list.resolvers.every((address) => /^127\.|^::1$/.test(address));
  if (wantsDns(options) && can.dns && local)
    refuse(
      'resolvers_missing',
      list.resolvers.length === 0
        ? 'no resolver is known; name them with --resolver, or names cannot be looked up'
        : `the resolver is on this host (${list.resolvers.join(', ')}); name those that it asks with --resolver`,
    );
  if (options.dns && !can.dns) refuse('dns_not_supported', 'has no rules to the resolvers; leave --dns out');
  if (list.hosts.length === 0) refuse('nothing_to_allow', 'the allow list is empty; an empty list is never emitted');
  if (can.matches === 'addresses') {
    const bare = list.hosts.filter(
      (host) => host.required && !host.addresses.some((address) => options.families.includes(address.family)),
    );
    if (bare.length > 0)
      refuse(
        'addresses_missing',
        `matches addresses only, and none is known for ${bare.map((h) => h.fqdn).join(', ')}; name a resolver with --resolver, or take --from-report or --from-known`,
      );
  }
}

/** Looks at what a target made: a target that breaks this has a bug. */
function inspect(target: RuleTarget, files: readonly RenderedFile[]): void {
  const fail = (name: string, what: string): never => {
    throw new InvariantError(`${target.id}: ${name} ${what}`);
  };
  if (files.length === 0) fail('render', 'made no file');
  const names = new Set<string>();
  for (const file of files) {
    if (!/^[a-z0-9][a-z0-9._-]*(?:\/[a-z0-9][a-z0-9._-]*)*$/i.test(file.name) || names.has(file.name))
      fail(JSON.stringify(file.name), 'is not a usable or not a unique file name');
    names.add(file.name);
    if (!file.content.endsWith('\n')) fail(file.name, 'has no final newline');
    if (hasUnsafeText(file.content)) fail(file.name, 'holds control or non-ASCII characters');
  }
  const notices = files.some((file) => file.content.includes(`${MARKER} id=netdata-cloud rev=`));
  if (!notices) fail('render', 'made no file that carries the header');
}

/** Options with every gap filled; throws UsageError for settings and users that cannot be used. */
export function completeOptions(target: RuleTarget, request: RuleRequest): RuleOptions {
  return {
    mode: request.mode ?? 'allow',
    user: request.user === undefined || request.user === null ? null : parseUser(request.user),
    families: request.families ?? target.capabilities.families,
    dns: request.dns ?? false,
    onStale: request.onStale ?? 'keep',
    toolVersion: request.toolVersion,
    settings: fillSettings(target, request.settings ?? {}),
  };
}

/** Renders for one target. Throws RefusalError or UsageError; otherwise every file is safe to write. */
export function renderRules(target: RuleTarget, list: CheckedAllowList, request: RuleRequest): readonly RenderedFile[] {
  const options = completeOptions(target, request);
  refuseUnsupported(target, list, options);
  const files = [...target.render(list, options)];
  if (!target.capabilities.comments && !files.some((file) => file.role === 'note'))
    files.push({
      name: `${MARKER}-${target.id}.notice.txt`,
      content: `${headerLines(target, list, options).join('\n')}\n`,
      mode: 0o644,
      role: 'note',
    });
  inspect(target, files);
  return files;
}
