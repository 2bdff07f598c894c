/** What `rules` was asked for, and how its values are read. */
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { UsageError } from '../../model/errors.js';
import type { Purpose } from '../../model/target.js';
import { KEEP } from '../../firewall/core/keep.js';
import { formatShort, parsePrefix } from '../../firewall/core/cidr.js';
import { parseHostName, parsePort } from '../../firewall/core/sanitise.js';
import type { RuleRequest } from '../../firewall/render.js';
import type { RuleMode } from '../../firewall/core/target.js';
import { parseDuration } from '../duration.js';
import type { EnvFrom } from '../flags.js';
import { packageVersion } from '../version.js';

/** The flags as commander hands them over. */
export interface RuleFlags {
  readonly for?: readonly (Purpose | 'parent')[];
  readonly url?: string;
  readonly prefix?: string;
  readonly configDir?: string;
  readonly libDir?: string;
  readonly agentVersion?: string;
  readonly envFrom?: EnvFrom;
  /** ms. */
  readonly envTimeout?: number;
  readonly fromReport?: string;
  readonly fromList?: string;
  readonly fromKnown?: boolean;
  readonly proven?: boolean;
  readonly acceptRange?: readonly string[];
  readonly resolver?: readonly ResolverAddress[];
  readonly mode?: RuleMode;
  readonly user?: string;
  readonly proxy?: ProxyAddress | 'none';
  readonly dns?: boolean;
  readonly keep?: string;
  readonly onStale?: RulesRequest['onStale'];
  readonly ipv4?: boolean;
  readonly ipv6?: boolean;
  readonly set?: readonly (readonly [name: string, value: string])[];
}

type ListSource =
  { readonly kind: 'live' } | { readonly kind: 'known' } | { readonly kind: 'report' | 'list'; readonly file: string };

/** Address and port; port 53 unless given as `[address]:port`. */
export interface ResolverAddress {
  readonly address: string;
  readonly port: number;
}

type AgentPlace = Pick<RuleFlags, 'prefix' | 'configDir' | 'libDir' | 'agentVersion' | 'envFrom'>;

export interface RulesRequest {
  readonly purposes: readonly Purpose[];
  /** Also the Parents that this child streams to. */
  readonly parent?: true;
  /** Base URL instead of the Agent's; absent in configurations of earlier versions. */
  readonly url?: string;
  /** Where the Agent is, as far as it was said. */
  readonly agent?: AgentPlace;
  /** How long /env is asked, ms, 0 = not at all; absent = the default. */
  readonly envTimeoutMs?: number;
  readonly source: ListSource;
  readonly provenOnly: boolean;
  readonly accepted: readonly string[];
  /** Explicit ones only; empty = those of this host. */
  readonly resolvers: readonly ResolverAddress[];
  readonly mode: RuleMode;
  readonly user: string | null;
  /** Instead of the Agent's own; null = that one, if it has any. */
  readonly proxy: ProxyAddress | null;
  /** Whatever the Agent's settings say, it goes straight. */
  readonly withoutProxy?: true;
  readonly dns: boolean;
  readonly onStale: 'keep' | 'expire';
  /** null = what the target has. */
  readonly families: readonly (4 | 6)[] | null;
  readonly settings: Readonly<Record<string, string>>;
}

function show(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

/** `192.0.2.53`, `2001:db8::53`, `192.0.2.53:5353`, `[2001:db8::53]:5353`. */
export function parseResolver(text: string): ResolverAddress {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text);
  const plain = /^([\d.]+)(?::(\d+))?$/.exec(text);
  const address = bracketed?.[1] ?? (text.split(':').length > 2 ? text : plain?.[1]) ?? '';
  if (isIP(address) === 0 || address.includes('%'))
    throw new UsageError(`--resolver takes an address, not ${show(text)}`);
  const port = bracketed?.[2] ?? plain?.[2];
  return { address: formatShort(parsePrefix(address)), port: port === undefined ? 53 : parsePort(port) };
}

export interface ProxyAddress {
  readonly host: string;
  readonly port: number;
}

/** `none`, `host:port` or a proxy URL; user and password are dropped at once and appear nowhere. */
export function parseProxy(text: string): ProxyAddress | 'none' {
  if (text === 'none') return 'none';
  const rest = text.replace(/^(?:https?|socks[45]?[ah]?):\/\//i, '').replace(/\/$/, '');
  const bare = rest.slice(rest.lastIndexOf('@') + 1);
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:/\s[\]]+)):(\d{1,5})$/i.exec(bare);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || match?.[3] === undefined)
    throw new UsageError('--proxy takes host:port (name the port: claim and link assume different ones)');
  const port = parsePort(match[3]);
  if (isIP(host) !== 0) return { host: formatShort(parsePrefix(host)), port };
  return { host: parseHostName(host), port };
}

/** ms; 0 = /env is not asked. */
export function parseEnvTimeout(text: string): number {
  if (/^0(?:ms|s|m|h)?$/.test(text)) return 0;
  const ms = parseDuration(text, '--env-timeout');
  if (ms > 60_000) throw new UsageError('--env-timeout is at most 1m');
  return ms;
}

/** `name=value`. */
export function parseSetting(text: string): readonly [name: string, value: string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`--set takes name=value, not ${show(text)}`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** A network that is genuine here. */
export function parseAcceptRange(text: string): string {
  const prefix = parsePrefix(text);
  if (prefix.length < 8) throw new UsageError(`--accept-range ${text} is too wide to be one network`);
  return formatShort(prefix);
}

function parseSource(flags: RuleFlags): ListSource {
  if (flags.fromReport !== undefined) return { kind: 'report', file: flags.fromReport };
  // Absolute: later refreshes run elsewhere.
  if (flags.fromList !== undefined)
    return { kind: 'list', file: flags.fromList === '-' ? '-' : resolve(flags.fromList) };
  return flags.fromKnown === true ? { kind: 'known' } : { kind: 'live' };
}

function agentPlace({ prefix, configDir, libDir, agentVersion, envFrom }: RuleFlags): AgentPlace {
  const given = { prefix, configDir, libDir, agentVersion, envFrom };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** What was asked for, with what holds unless asked otherwise. */
export function parseRequest(flags: RuleFlags): RulesRequest {
  return {
    purposes: (flags.for ?? []).filter((purpose) => purpose !== 'parent'),
    ...(flags.for?.includes('parent') === true ? { parent: true as const } : {}),
    ...(flags.url === undefined ? {} : { url: flags.url }),
    ...(Object.keys(agentPlace(flags)).length === 0 ? {} : { agent: agentPlace(flags) }),
    ...(flags.envTimeout === undefined ? {} : { envTimeoutMs: flags.envTimeout }),
    source: parseSource(flags),
    provenOnly: flags.proven ?? false,
    accepted: flags.acceptRange ?? [],
    resolvers: flags.resolver ?? [],
    mode: flags.mode ?? 'allow',
    user: flags.user ?? null,
    proxy: flags.proxy === undefined || flags.proxy === 'none' ? null : flags.proxy,
    ...(flags.proxy === 'none' ? { withoutProxy: true as const } : {}),
    dns: flags.dns ?? false,
    onStale: flags.onStale ?? 'keep',
    families: flags.ipv4 === flags.ipv6 ? null : flags.ipv4 === true ? [4] : [6],
    settings: {
      ...Object.fromEntries(flags.set ?? []),
      ...(flags.keep === undefined ? {} : { [KEEP.name]: flags.keep }),
    },
  };
}

/** A list that came by standard input cannot be read again. Throws UsageError. */
export function assertLasting({ source }: RulesRequest): void {
  if (source.kind === 'list' && source.file === '-')
    throw new UsageError('--from-list - is read once, and a refresh reads its list again: name a file');
}

/** The part of a request that rendering takes. */
export function renderRequest(request: RulesRequest): RuleRequest {
  return {
    mode: request.mode,
    user: request.user,
    dns: request.dns,
    onStale: request.onStale,
    ...(request.families === null ? {} : { families: request.families }),
    settings: request.settings,
    toolVersion: packageVersion(),
  };
}
