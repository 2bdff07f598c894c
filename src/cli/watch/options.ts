/** What watch was asked for. Values were read with the options; what depends on each other is checked here. */
import { isIP } from 'node:net';
import { isThisHost } from '../../addresses/special.js';
import { UsageError } from '../../model/errors.js';
import { DEFAULT_EVERY_MS } from '../../watch/schedule.js';
import { doctorOptions, type DoctorFlags, type DoctorOptions } from '../doctor/options.js';

export interface WatchFlags extends DoctorFlags {
  /** ms. */
  readonly every?: number;
  readonly stateDir?: string;
  readonly json?: boolean;
  readonly onChange?: string;
  readonly textfile?: string;
  readonly listen?: string;
  readonly listenAnywhere?: boolean;
  readonly rounds?: number;
}

export interface WatchOptions {
  readonly doctor: DoctorOptions;
  readonly everyMs: number;
  readonly json: boolean;
  readonly onChange: readonly string[] | null;
  readonly textfile: string | null;
  readonly listen: { readonly host: string; readonly port: number } | null;
  readonly rounds: number | null;
}

/** More often would be an attack when many do it. */
const LEAST_EVERY_MS = 10_000;

export function watchOptions(flags: WatchFlags): WatchOptions {
  const everyMs = flags.every ?? DEFAULT_EVERY_MS;
  if (everyMs < LEAST_EVERY_MS) throw new UsageError('--every must be at least 10s');
  return {
    // A round keeps to its budget: the next one looks again.
    doctor: { ...doctorOptions(flags), lingerMs: 0 },
    everyMs,
    json: flags.json ?? false,
    onChange: flags.onChange === undefined ? null : splitCommand(flags.onChange),
    textfile: flags.textfile ?? null,
    listen: flags.listen === undefined ? null : parseListen(flags.listen, flags.listenAnywhere ?? false),
    rounds: flags.rounds ?? null,
  };
}

/**
 * Program and arguments out of one text: split at blanks, '…' and "…" hold together, \ takes the next character as it
 * is. No shell: nothing is expanded, and `;` or `|` are characters like others.
 */
export function splitCommand(text: string): readonly string[] {
  const words: string[] = [];
  let current: string | null = null;
  let quote: string | null = null;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (quote === null && /\s/.test(char)) {
      if (current !== null) words.push(current);
      current = null;
    } else if (quote === null && (char === "'" || char === '"')) {
      quote = char;
      current ??= '';
    } else if (char === quote) quote = null;
    else if (char === '\\' && quote !== "'") current = (current ?? '') + (text[++at] ?? '');
    else current = (current ?? '') + char;
  }
  if (quote !== null) throw new UsageError('--on-change: a quote is not closed');
  if (current !== null) words.push(current);
  if (words[0]?.startsWith('/') !== true)
    throw new UsageError('--on-change takes a command that begins with its whole path');
  return words;
}

/** `127.0.0.1:9101`, `[::1]:9101`. Port 0 lets the system choose. */
export function parseListen(text: string, anywhere: boolean): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([\d.]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  if (isIP(host) === 0 || port > 65_535) throw new UsageError('--listen takes ADDRESS:PORT, such as 127.0.0.1:9101');
  if (!isLoopback(host) && !anywhere)
    throw new UsageError(`--listen ${text}: others could read it there; say --listen-anywhere if they may`);
  return { host, port };
}

function isLoopback(host: string): boolean {
  return host === '::1' || (host.startsWith('127.') && isThisHost(host));
}
