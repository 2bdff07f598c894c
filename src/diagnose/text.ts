/** Small pieces of wording. Foreign text enters sentences only through `quote`. */
import type { Cause } from './rule.js';

/** `a`, `a and b`, `a, b and 3 more`. */
export function list(items: readonly string[], most = 3): string {
  const unique = [...new Set(items)];
  if (unique.length === 0) return '';
  if (unique.length === 1) return unique[0] ?? '';
  if (unique.length > most)
    return `${unique.slice(0, most - 1).join(', ')} and ${String(unique.length - most + 1)} more`;
  return `${unique.slice(0, -1).join(', ')} and ${unique.at(-1) ?? ''}`;
}

/** A short excerpt of what somebody else said, in quotation marks; renderers escape it. */
export function quote(text: string, most = 80): string {
  const flat = text.replace(/\s+/gu, ' ').trim();
  return `"${flat.length > most ? `${flat.slice(0, most - 1)}…` : flat}"`;
}

export function ms(value: number): string {
  if (value >= 10_000) return `${String(Math.round(value / 1000))} s`;
  if (value >= 1000) return `${(value / 1000).toFixed(1)} s`;
  return value >= 10 ? `${String(Math.round(value))} ms` : `${value.toFixed(1)} ms`;
}

export function hostList({ subject }: Pick<Cause, 'subject'>, fallback = 'the cloud'): string {
  return subject.hosts.length === 0 ? fallback : list(sharingDomain(subject.hosts));
}

/** `api`, `app` and `mqtt.netdata.cloud`: what the names share is said once, at the end. */
export function sharingDomain(hosts: readonly string[]): readonly string[] {
  const names = [...new Set(hosts)];
  const domain = names[0]?.replace(/^[^.]*/u, '') ?? '';
  if (names.length < 2 || names.length > 3 || !/\..+\./u.test(domain)) return names;
  if (!names.every((name) => name.endsWith(domain) && !name.slice(0, -domain.length).includes('.'))) return names;
  return names.map((name, index) => (index === names.length - 1 ? name : name.slice(0, -domain.length)));
}

/** A step of the Agent in a sentence: `the claim`, `/env`, `the login`, `the link`. */
function stepName(leg: string): string {
  return leg === 'env' ? '/env' : `the ${leg === 'auth' ? 'login' : leg}`;
}

/** `the claim and the link`. */
export function stepNames(legs: readonly string[]): string {
  return list(legs.map(stepName), 4);
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `does` of one host, `do` of several. */
export function agree({ subject }: Pick<Cause, 'subject'>, one: string, many: string): string {
  return subject.hosts.length > 1 ? many : one;
}

/** Of a silence: `gets no answer`, or `has no answer yet` where the Agent would have waited longer. */
export function notAnswered({ stillSilent }: Pick<Cause, 'stillSilent'>): string {
  return stillSilent ? 'has no answer yet' : 'gets no answer';
}

/** `a has`, `a and b have`. */
export function hostsHave(cause: Pick<Cause, 'subject'>): string {
  return `${hostList(cause)} ${cause.subject.hosts.length > 1 ? 'have' : 'has'}`;
}

/** Sentences in the order in which they convince: the first two and the last one are what a short report shows. */
export type Sentences = readonly string[];

/** What there is to say, without the parts that do not apply. */
export function sentence(...parts: readonly (string | Sentences | null | false | undefined)[]): Sentences {
  return parts
    .flatMap((part) => (part === null || part === undefined || part === false ? [] : part))
    .filter((part) => part !== '');
}
