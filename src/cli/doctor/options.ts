/** What the doctor was asked for, after validation: bad input never gets past here. */
import { isIP } from 'node:net';
import { UsageError } from '../../model/errors.js';
import type { Purpose } from '../../model/target.js';
import { pidOfContainer } from './container.js';
import { parseDuration } from '../duration.js';

export interface DoctorOptions {
  readonly url: string | null;
  readonly proxy: string | null;
  readonly prefix: string | null;
  readonly configDir: string | null;
  readonly libDir: string | null;
  readonly agentVersion: string | null;
  readonly envFrom: 'daemon' | 'unit' | 'self' | null;
  readonly pid: number | null;
  readonly asUser: string | null;
  readonly runMs: number;
  readonly stepMs: number;
  readonly families: readonly (4 | 6)[];
  readonly purposes: readonly Purpose[];
  readonly knownAddresses: string | null;
  readonly controls: boolean;
  readonly strict: boolean;
  readonly holdMs: number;
  readonly redact: 'standard' | 'strict' | 'off';
}

/** commander's view of the doctor's flags. */
export interface DoctorFlags {
  readonly url?: string;
  readonly proxy?: string;
  readonly prefix?: string;
  readonly configDir?: string;
  readonly libDir?: string;
  readonly agentVersion?: string;
  readonly envFrom?: string;
  readonly pid?: string;
  readonly container?: string;
  readonly asUser?: string;
  readonly timeout?: string;
  readonly stepTimeout?: string;
  readonly ipv4?: boolean;
  readonly ipv6?: boolean;
  readonly for?: string;
  readonly knownAddresses?: string;
  readonly controls?: boolean;
  readonly strict?: boolean;
  readonly hold?: string;
  readonly redact?: string;
}

const DEFAULT_RUN = '15s';
const DEFAULT_STEP = '5s';
const PURPOSES: readonly Purpose[] = ['install', 'update', 'telemetry'];

export function doctorOptions(flags: DoctorFlags): DoctorOptions {
  const holdMs = flags.hold === undefined ? 0 : parseDuration(flags.hold, '--hold');
  const stepMs = parseDuration(flags.stepTimeout ?? DEFAULT_STEP, '--step-timeout');
  const runMs = parseDuration(flags.timeout ?? DEFAULT_RUN, '--timeout');
  return {
    url: flags.url === undefined ? null : validUrl(flags.url),
    proxy: flags.proxy ?? null,
    prefix: flags.prefix ?? null,
    configDir: flags.configDir ?? null,
    libDir: flags.libDir ?? null,
    agentVersion: flags.agentVersion === undefined ? null : validVersion(flags.agentVersion),
    envFrom: oneOf(flags.envFrom, ['daemon', 'unit', 'self'], '--env-from'),
    pid: chosenPid(flags),
    asUser: flags.asUser ?? null,
    runMs: runMs + holdMs,
    stepMs: Math.min(stepMs, runMs),
    families: flags.ipv4 === flags.ipv6 ? [4, 6] : flags.ipv4 === true ? [4] : [6],
    purposes: validPurposes(flags.for),
    knownAddresses: flags.knownAddresses ?? null,
    controls: flags.controls ?? false,
    strict: flags.strict ?? false,
    holdMs,
    redact: oneOf(flags.redact, ['standard', 'strict', 'off'], '--redact') ?? 'standard',
  };
}

/** A base URL that at least has a host: what the Agent makes of its form is for the doctor to say, not for us to refuse. */
function validUrl(text: string): string {
  // Whoever put a login there does not want to read it again.
  const shown = text.replace(/^.*@/, '…@').slice(0, 80);
  if (/[\s\u0000-\u001f]/.test(text)) throw new UsageError('--url must not contain white space');
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)/.exec(text);
  const authority = match?.[2];
  if (match === null || authority === undefined || authority === '') {
    throw new UsageError(`--url takes a URL such as https://app.netdata.cloud, not "${shown}"`);
  }
  if (!/^https?$/i.test(match[1] ?? '')) throw new UsageError(`--url must begin with https://, not "${shown}"`);
  if (authority.includes('@')) throw new UsageError('--url must not contain a user name');
  const port = /:(\d*)$/.exec(authority.replace(/^\[[^\]]*\]/, ''))?.[1];
  if (port !== undefined && (port === '' || Number(port) < 1 || Number(port) > 65_535)) {
    throw new UsageError(`--url has no usable port: "${shown}"`);
  }
  const bracketed = /^\[([^\]]*)\]/.exec(authority)?.[1];
  if (bracketed !== undefined && isIP(bracketed) !== 6)
    throw new UsageError(`--url has a bad IPv6 address: "${shown}"`);
  return text;
}

function validVersion(text: string): string {
  const bare = text.replace(/^v/, '');
  if (!/^\d{1,4}(\.\d{1,5}){1,3}(-[\w.]+)*$/.test(bare)) {
    throw new UsageError(`--agent-version takes a version such as 2.10.3, not "${text.slice(0, 40)}"`);
  }
  return bare;
}

function chosenPid({ pid, container }: DoctorFlags): number | null {
  if (pid !== undefined && container !== undefined) throw new UsageError('--pid and --container exclude each other');
  if (container !== undefined) return pidOfContainer(container);
  return pid === undefined ? null : validPid(pid);
}

function validPid(text: string): number {
  const pid = Number(text);
  if (!/^\d{1,9}$/.test(text) || pid < 1) throw new UsageError(`--pid takes a process id, not "${text.slice(0, 40)}"`);
  return pid;
}

function validPurposes(text: string | undefined): readonly Purpose[] {
  if (text === undefined) return [];
  return text.split(',').map((part) => {
    const found = PURPOSES.find((purpose) => purpose === part.trim());
    if (found === undefined) throw new UsageError(`--for takes ${PURPOSES.join(', ')}, not "${part.slice(0, 40)}"`);
    return found;
  });
}

function oneOf<T extends string>(value: string | undefined, allowed: readonly T[], option: string): T | null {
  if (value === undefined) return null;
  const found = allowed.find((entry) => entry === value);
  if (found === undefined) throw new UsageError(`${option} takes ${allowed.join(', ')}, not "${value.slice(0, 40)}"`);
  return found;
}
