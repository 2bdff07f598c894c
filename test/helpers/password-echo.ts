/** A peer that hands a login back in every spelling, and whether a report tells one password from another. */
import { expect } from 'vitest';
import { rediagnose } from '../../src/cli/report/diagnose.js';
import { safeReport } from '../../src/cli/doctor/safe-report.js';
import type { Observation } from '../../src/model/observation.js';
import type { Report } from '../../src/model/report.js';
import { plainPaint } from '../../src/report/paint.js';
import { hideSecrets } from '../../src/report/redact.js';
import { formats } from '../../src/report/registry.js';
import { isSearchable, type SecretValue } from '../../src/report/redact/secret-values.js';

const USER = 'joe-77';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
function base32(text: string): string {
  const bits = Array.from(Buffer.from(text), (byte) => byte.toString(2).padStart(8, '0')).join('');
  const letters = bits.match(/.{1,5}/g) ?? [];
  return letters.map((five) => BASE32.charAt(Number.parseInt(five.padEnd(5, '0'), 2))).join('');
}

const bytes = (text: string, write: (byte: number) => string, between = ''): string =>
  Array.from(Buffer.from(text), write).join(between);
const octal = (byte: number): string => byte.toString(8).padStart(3, '0');

/** Name of the spelling → the password, or the login, spelled so. */
export function spellings(password: string): Readonly<Record<string, string>> {
  const login = `${USER}:${password}`;
  const swapped = Array.from(password, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join('');
  const middle = Math.ceil(password.length / 2);
  const [head, tail] = [password.slice(0, middle), password.slice(middle)];
  const inLogin = {
    login,
    'login in base64': Buffer.from(login).toString('base64'),
    'login in base32': base32(login),
    'login in hex': Buffer.from(login).toString('hex'),
    'login as octal': bytes(login, (byte) => `\\${octal(byte)}`),
    'login in UTF-16, hex': Buffer.from(login, 'utf16le').toString('hex'),
    'login backwards': Array.from(login).toReversed().join(''),
    'login in a URL': `http://${login}@proxy.example/`,
  };
  if (/^\d{1,3}$/.test(password)) return inLogin;
  const disguised = {
    ...inLogin,
    'spread out': Array.from(password).join(' '),
    'spread out by dashes': Array.from(password).join('-'),
    octal: bytes(password, (byte) => `\\${octal(byte)}`),
    'octal numbers': bytes(password, octal, ' '),
    'decimal numbers': bytes(password, String, ', '),
    'UTF-16, hex': Buffer.from(password, 'utf16le').toString('hex'),
    'UTF-16, hex, in groups': bytes(password, (byte) => `00${byte.toString(16).padStart(2, '0')}`, ' '),
    'hex in groups': bytes(password, (byte) => byte.toString(16).padStart(2, '0'), ':'),
    'percent-encoded': bytes(password, (byte) => `%${byte.toString(16)}`),
    'by entities': Array.from(password, (c) => `&#${String(c.charCodeAt(0))};`).join(''),
    base32: base32(password),
    base64: Buffer.from(password).toString('base64'),
    ...(password.length < 4 ? {} : { backwards: Array.from(password).toReversed().join('') }),
  };
  // What stands in every report is hidden as itself only where a login stands.
  if (!isSearchable({ kind: 'proxy_password', value: password })) return disguised;
  return {
    ...disguised,
    'as it is': password,
    'swap-cased': swapped,
    ...(password.length < 4
      ? {}
      : {
          'base32 behind something': base32(`pw=${password}!`),
          'cut by a line end': `${head}\r\n ${tail}`,
          'cut by a chunk': `${head}\r\n${tail.length.toString(16)}\r\n${tail}`,
          'cut by markup': `${head}<wbr>${tail}`,
        }),
  };
}

const secretsOf = (password: string): readonly SecretValue[] => [
  { kind: 'proxy_user', value: USER },
  { kind: 'proxy_password', value: password },
  { kind: 'proxy_login', value: `${USER}:${password}` },
];

const said = (spelled: string): string => `said=${spelled};`;

/** The same run against peers that say all of it behind what they said; of answers that are alike, the first does. */
function echoed(report: Report, password: string): Report {
  const page = Object.values(spellings(password)).map(said).join('\n');
  // A parser joins folded lines by a blank; nobody chunks a head.
  const line = page.replace(/said=[^;]*\r\n[0-9a-f]+\r\n[^;]*;/g, '').replace(/[\r\n]+ ?/g, ' ');
  const told = new Set<string>();
  const observations = report.observations.map((seen): Observation => {
    const { operation, leg, role, failure: stopped } = seen;
    const alike = [operation, leg, role.kind, stopped?.kind, 'status' in seen ? seen.status : ''].join();
    if (told.has(alike)) return seen;
    told.add(alike);
    const failure =
      seen.failure === null
        ? null
        : { ...seen.failure, detail: `${seen.failure.detail} ${USER}:${password}`.slice(0, 500) };
    switch (seen.operation) {
      case 'proxy_connect':
        return {
          ...seen,
          failure,
          bodyExcerpt: `${seen.bodyExcerpt}<title>${line}</title>${page}`,
          headers: [...seen.headers, ['X-Echo', line]],
        };
      case 'http_round_trip':
        return { ...seen, failure, rawBody: `${seen.rawBody}${page}`, headers: [...seen.headers, ['X-Echo', line]] };
      case 'websocket_upgrade':
        return { ...seen, failure, bodyExcerpt: `${seen.bodyExcerpt}${page}` };
      default:
        return { ...seen, failure };
    }
  });
  return rediagnose({ ...report, observations }, report.tool.version);
}

const view = { paint: plainPaint, width: 120, unicode: true, verbose: 1 } as const;

function shown(report: Report, password: string): string {
  const safe = safeReport(
    { report: echoed(report, password), secrets: secretsOf(password) },
    { mode: 'standard' },
  ).report;
  // How often something was hidden, and how long it was, may depend on it.
  const even = { ...safe, redaction: { ...safe.redaction, removed: {} } };
  return ['text', 'json'].map((form) => formats[form]?.render(even, view) ?? '').join('\n');
}

const withoutHints = (text: string): string =>
  text
    .replace(/\[hidden[^\]\n]*\]\**|\*{2,}/g, '§')
    // What stood around it in one run of base32.
    .replace(/=?\w*§\w*=*/g, '§')
    .replace(/\s+/g, ' ');

/** Whether what peers really said has the password by chance: then a hole in it is right. */
function occurs(report: Report, password: string): boolean {
  return (
    hideSecrets(report, { secrets: secretsOf(password), sentences: 'ours' }).redaction.removed['proxy_password'] !==
    undefined
  );
}

/** Fails when a report tells one password from another, or shows one in any spelling. */
export function expectNoPassword(report: Report, password: string, other: string): void {
  const out = shown(report, password);
  for (const [how, spelled] of Object.entries(spellings(password))) {
    for (const text of [spelled, JSON.stringify(spelled).slice(1, -1)])
      expect(out.includes(said(text)), `${password}, ${how}`).toBe(false);
  }
  if (occurs(report, password) || occurs(report, other)) return;
  const ways = (word: string): string => Object.keys(spellings(word)).join();
  if (ways(password) !== ways(other)) return;
  const [one, two] = [withoutHints(out), withoutHints(shown(report, other))];
  let at = 0;
  while (at < one.length && one[at] === two[at]) at += 1;
  const around = (text: string): string => text.slice(Math.max(0, at - 60), at + 60);
  expect(around(one), `${password} and ${other}`).toBe(around(two));
}
