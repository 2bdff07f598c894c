/** What `rules` was asked for, after validation: bad input never gets past here. */
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { UsageError } from '../../model/errors.js';
import type { Purpose } from '../../model/target.js';
import { formatShort, parsePrefix } from '../../firewall/cidr.js';
import { parseHostName, parsePort } from '../../firewall/sanitise.js';
import type { RuleRequest } from '../../firewall/render.js';
import type { RuleMode } from '../../firewall/target.js';
import { packageVersion } from '../version.js';

/** commander's view. */
export interface RuleFlags {
  readonly for?: string;
  readonly fromReport?: string;
  readonly fromList?: string;
  readonly fromKnown?: boolean;
  readonly proven?: boolean;
  readonly acceptRange?: readonly string[];
  readonly resolver?: readonly string[];
  readonly mode?: string;
  readonly user?: string;
  readonly proxy?: string;
  readonly dns?: boolean;
  readonly onStale?: string;
  readonly ipv4?: boolean;
  readonly ipv6?: boolean;
  readonly set?: readonly string[];
}

export type ListSource =
  { readonly kind: 'live' } | { readonly kind: 'known' } | { readonly kind: 'report' | 'list'; readonly file: string };

/** Address and port; port 53 unless given as `[address]:port`. */
export interface ResolverAddress {
  readonly address: string;
  readonly port: number;
}

export interface RulesRequest {
  readonly purposes: readonly Purpose[];
  readonly source: ListSource;
  readonly provenOnly: boolean;
  readonly accepted: readonly string[];
  /** Explicit ones only; empty = those of this host. */
  readonly resolvers: readonly ResolverAddress[];
  readonly mode: RuleMode;
  readonly user: string | null;
  readonly proxy: { readonly host: string; readonly port: number } | null;
  readonly dns: boolean;
  readonly onStale: 'keep' | 'expire';
  /** null = what the target has. */
  readonly families: readonly (4 | 6)[] | null;
  readonly settings: Readonly<Record<string, string>>;
}

const PURPOSES: readonly Purpose[] = ['install', 'update', 'telemetry'];

function show(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

function oneOf<T extends string>(text: string | undefined, all: readonly [T, ...T[]], option: string): T {
  if (text === undefined) return all[0];
  const found = all.find((value) => value === text);
  if (found === undefined) throw new UsageError(`${option} takes ${all.join(' or ')}, not ${show(text)}`);
  return found;
}

export function parsePurposes(text: string | undefined): readonly Purpose[] {
  if (text === undefined) return [];
  return text.split(',').map((word) => oneOf(word.trim(), ['install', 'update', 'telemetry'], '--for'));
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

/** `host:port` or a proxy URL; user and password are dropped at once and appear nowhere. */
export function parseProxy(text: string): { readonly host: string; readonly port: number } {
  const rest = text.replace(/^(?:https?|socks[45]?[ah]?):\/\//i, '').replace(/\/$/, '');
  const bare = rest.slice(rest.lastIndexOf('@') + 1);
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:/\s[\]]+)):(\d{1,5})$/i.exec(bare);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || match?.[3] === undefined)
    throw new UsageError(
      '--proxy takes host:port (the port has to be named: its default differs between the legs of the Agent)',
    );
  const port = parsePort(match[3]);
  if (isIP(host) !== 0) return { host: formatShort(parsePrefix(host)), port };
  return { host: parseHostName(host), port };
}

function parseSettings(all: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    all.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new UsageError(`--set takes name=value, not ${show(text)}`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

function parseSource(flags: RuleFlags): ListSource {
  const given = [flags.fromReport, flags.fromList, flags.fromKnown].filter((value) => value !== undefined);
  if (given.length > 1) throw new UsageError('--from-report, --from-list and --from-known exclude each other');
  if (flags.fromReport !== undefined) return { kind: 'report', file: flags.fromReport };
  // Absolute: later refreshes run elsewhere.
  if (flags.fromList !== undefined) return { kind: 'list', file: resolve(flags.fromList) };
  return flags.fromKnown === true ? { kind: 'known' } : { kind: 'live' };
}

/** Throws UsageError. */
export function parseRequest(flags: RuleFlags): RulesRequest {
  const accepted = (flags.acceptRange ?? []).map((text) => {
    const prefix = parsePrefix(text);
    if (prefix.length < 8) throw new UsageError(`--accept-range ${text} is too wide to be one network`);
    return formatShort(prefix);
  });
  return {
    purposes: parsePurposes(flags.for).filter((purpose) => PURPOSES.includes(purpose)),
    source: parseSource(flags),
    provenOnly: flags.proven ?? false,
    accepted,
    resolvers: (flags.resolver ?? []).map(parseResolver),
    mode: oneOf(flags.mode, ['allow', 'enforce'], '--mode'),
    user: flags.user ?? null,
    proxy: flags.proxy === undefined ? null : parseProxy(flags.proxy),
    dns: flags.dns ?? false,
    onStale: oneOf(flags.onStale, ['keep', 'expire'], '--on-stale'),
    families: flags.ipv4 === flags.ipv6 ? null : flags.ipv4 === true ? [4] : [6],
    settings: parseSettings(flags.set ?? []),
  };
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
