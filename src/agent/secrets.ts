/** The secret values met on the way, for redaction: they are never shown, whatever text they turn up in. Pure. */
import type { ClaimSettings } from './claim-settings.js';
import { decodeAsCurl, decodeAsLink } from './percent.js';
import type { Environment } from './proxy-choice.js';
import { fromFile } from './setting.js';

export interface KnownSecret {
  readonly kind: string;
  readonly value: string;
}

/** Shorter values would blank out ordinary words. */
const MIN_LENGTH = 3;

/** Every spelling of the login of a URL: as written, and as each side decodes it. */
function loginParts(value: string): KnownSecret[] {
  const rest = value.replace(/^\s*[A-Za-z][A-Za-z0-9+.-]*:\/{1,3}/, '');
  const found: KnownSecret[] = [];
  const add = (kind: string, text: string): void => {
    found.push(
      { kind, value: text },
      { kind, value: decodeAsLink(text).text },
      { kind, value: decodeAsCurl(text) ?? '' },
    );
  };
  // The sides end the login at the first `@`, a person means the last one: both cuts are secret.
  for (const at of new Set([rest.indexOf('@'), rest.lastIndexOf('@')])) {
    if (at < 0) continue;
    const login = rest.slice(0, at);
    const colon = login.indexOf(':');
    add('proxy_user', colon < 0 ? login : login.slice(0, colon));
    if (colon >= 0) add('proxy_password', login.slice(colon + 1));
    if (colon >= 0) found.push({ kind: 'proxy_login', value: login });
  }
  // The piece of a password behind its first raw `@`.
  const [first, last] = [rest.indexOf('@'), rest.lastIndexOf('@')];
  if (first >= 0 && last > first) add('proxy_password', rest.slice(first + 1, last));
  // `http://user:secret`: no host, but a secret all the same.
  const [, tail] = /^[^@/]*:([^@/]*)$/.exec(rest) ?? [];
  if (tail !== undefined && !/^\d{0,5}$/.test(tail)) add('proxy_password', tail);
  return found;
}

function text(kind: string, value: string | null | undefined): KnownSecret[] {
  if (value == null) return [];
  return [
    { kind, value },
    { kind, value: value.trim() },
  ];
}

/** A UUID with and without hyphens, in both cases. */
function uuid(kind: string, value: string | null | undefined): KnownSecret[] {
  return text(kind, value).flatMap((secret) => [
    secret,
    { kind, value: secret.value.toLowerCase() },
    { kind, value: secret.value.toLowerCase().replaceAll('-', '') },
  ]);
}

/** All of them, without duplicates, longest first. */
export function knownSecrets(
  settings: ClaimSettings,
  environments: readonly Environment[],
  proxyValues: readonly string[],
  machineGuid: string | null,
): readonly KnownSecret[] {
  const { files, inputs } = settings;
  const fileValue = (file: typeof files.cloudConf, key: string): string[] =>
    file.ini.entries.filter((entry) => entry.key === key).map(({ value }) => value);
  const inFile = (key: string): string[] => [files.cloudConf, files.claimConf].flatMap((file) => fileValue(file, key));
  const all = [
    ...inFile('token').flatMap((value) => text('claim_token', value)),
    ...inputs.flatMap(({ token }) => text('claim_token', token?.value)),
    ...environments.flatMap((variables) => text('claim_token', variables.get('NETDATA_CLAIM_TOKEN'))),
    ...text('claim_token', files.tokenFile.text),
    ...inFile('claimed_id').flatMap((value) => uuid('claimed_id', value)),
    ...uuid('claimed_id', files.claimedIdFile.text),
    ...inFile('machine_guid').flatMap((value) => uuid('machine_guid', value)),
    ...uuid('machine_guid', machineGuid),
    ...proxyValues.flatMap(loginParts),
    ...[
      fromFile(files.claimConf, 'global', 'url'),
      fromFile(files.cloudConf, 'global', 'url'),
      settings.claim.url,
    ].flatMap((setting) =>
      setting === null ? [] : loginParts(setting.value).filter(() => setting.value.includes('@')),
    ),
  ];
  const seen = new Set<string>();
  const unique = all.filter(({ value }) => {
    if (value.length < MIN_LENGTH || seen.has(value)) return false;
    seen.add(value);
    return true;
  });
  return unique.sort((left, right) => right.value.length - left.value.length);
}
