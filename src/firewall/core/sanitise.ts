/**
 * The gate for text that ends up in somebody's firewall. Names that are not plain host names are errors;
 * comments are reduced to a safe alphabet, because every target quotes and cuts them differently.
 */
import { isIP } from 'node:net';
import { UsageError } from '../../model/errors.js';

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

function quote(text: string): string {
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return JSON.stringify(shown);
}

/** Why a text is not a fully qualified host name, or null. Expects lower case and no trailing dot. */
export function fqdnProblem(name: string): string | null {
  if (name.length === 0) return 'is empty';
  if (name.length > 253) return 'is longer than 253 characters (RFC 1035)';
  if (isIP(name) !== 0) return 'is an address, not a name';
  if (/[^\x00-\x7f]/.test(name)) return 'holds characters outside ASCII; write the A-label (xn--…)';
  const labels = name.split('.');
  if (labels.length < 2) return 'has no domain';
  const bad = labels.find((label) => !LABEL.test(label));
  if (bad !== undefined) return `has the unusable label ${quote(bad)}`;
  if (/^\d+$/.test(labels.at(-1) ?? '')) return 'ends in a number and would be read as an address';
  return null;
}

/** Lower-cases, drops one trailing dot, and insists on a plain A-label name. Throws UsageError. */
export function parseFqdn(text: string): string {
  const name = text.toLowerCase().replace(/\.$/, '');
  const problem = fqdnProblem(name);
  if (problem !== null) throw new UsageError(`${quote(text)} ${problem}`);
  return name;
}

/** Like parseFqdn, but a single label will do: proxies are often named `proxy`. Throws UsageError. */
export function parseHostName(text: string): string {
  const name = text.toLowerCase().replace(/\.$/, '');
  if (LABEL.test(name) && !/^\d+$/.test(name)) return name;
  return parseFqdn(text);
}

/** 1..65535, decimal, no sign, no leading zero. Throws UsageError. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^[1-9]\d{0,4}$/.test(text) || port > 65_535) throw new UsageError(`${quote(text)} is not a port (1-65535)`);
  return port;
}

/** A local account: a portable user name (useradd(8)) or a numeric uid. Throws UsageError. */
export function parseUser(text: string): string {
  if (/^\d{1,10}$/.test(text) && Number(text) < 4_294_967_295) return String(Number(text));
  if (/^[a-z_][a-z0-9_-]{0,31}$/i.test(text)) return text;
  throw new UsageError(`${quote(text)} is not a user name or uid`);
}

/**
 * Text that is safe inside every comment syntax we emit: printable ASCII without quotes, backslashes,
 * dollar signs, backticks, angle brackets and comment terminators; one line; at most `max` characters.
 */
export function safeComment(text: string, max: number): string {
  const plain = text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/["'`\\$<>{};|&*!#%^~?]/g, '')
    .replace(/-{2,}/g, '-')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length <= max ? plain : `${plain.slice(0, Math.max(0, max - 3)).trimEnd()}...`;
}

/** True for text that must never appear in an artefact: control characters except LF and tab, and anything but ASCII. */
export function hasUnsafeText(content: string): boolean {
  return /[^\x09\x0a\x20-\x7e]/.test(content);
}
