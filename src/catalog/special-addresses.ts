/** What an address is by the IANA special-purpose registries (RFC 6890 and updates). Pure, no allocation of sockets. */
export type AddressKind =
  | 'global'
  | 'private'
  | 'shared'
  | 'loopback'
  | 'unspecified'
  | 'link_local'
  | 'multicast'
  | 'documentation'
  | 'benchmarking'
  | 'translated'
  | 'mapped'
  | 'reserved'
  | 'invalid';

const V4: readonly (readonly [string, number, AddressKind])[] = [
  ['0.0.0.0', 8, 'unspecified'],
  ['10.0.0.0', 8, 'private'],
  ['100.64.0.0', 10, 'shared'],
  ['127.0.0.0', 8, 'loopback'],
  ['169.254.0.0', 16, 'link_local'],
  ['172.16.0.0', 12, 'private'],
  ['192.0.0.0', 24, 'reserved'],
  ['192.0.2.0', 24, 'documentation'],
  ['192.168.0.0', 16, 'private'],
  ['198.18.0.0', 15, 'benchmarking'],
  ['198.51.100.0', 24, 'documentation'],
  ['203.0.113.0', 24, 'documentation'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved'],
];

const V6: readonly (readonly [string, number, AddressKind])[] = [
  ['::', 128, 'unspecified'],
  ['::1', 128, 'loopback'],
  ['::ffff:0:0', 96, 'mapped'],
  ['64:ff9b::', 96, 'translated'],
  ['64:ff9b:1::', 48, 'translated'],
  ['100::', 64, 'reserved'],
  ['2001:db8::', 32, 'documentation'],
  ['3fff::', 20, 'documentation'],
  ['fc00::', 7, 'private'],
  ['fe80::', 10, 'link_local'],
  ['ff00::', 8, 'multicast'],
];

/** Dotted quad to its number; null when it is not exactly that. */
function parseV4(text: string): bigint | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

/** RFC 4291 text to its number; zones are not addresses. */
function parseV6(text: string): bigint | null {
  let source = text;
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted?.[1] !== undefined && dotted[2] !== undefined) {
    const low = parseV4(dotted[2]);
    if (low === null) return null;
    source = `${dotted[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`;
  }
  const halves = source.split('::');
  if (halves.length > 2) return null;
  const groups = (half: string | undefined): string[] => (half === undefined || half === '' ? [] : half.split(':'));
  const head = groups(halves[0]);
  const tail = groups(halves[1]);
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const all = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  let value = 0n;
  for (const group of all) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return null;
    value = (value << 16n) | BigInt(`0x${group}`);
  }
  return value;
}

export function addressKind(address: string): AddressKind {
  const v4 = parseV4(address);
  if (v4 !== null) return match(v4, 32, V4, parseV4);
  const v6 = parseV6(address);
  if (v6 !== null) return match(v6, 128, V6, parseV6);
  return 'invalid';
}

function match(
  value: bigint,
  width: number,
  table: readonly (readonly [string, number, AddressKind])[],
  parse: (text: string) => bigint | null,
): AddressKind {
  for (const [base, prefix, kind] of table) {
    const start = parse(base);
    const shift = BigInt(width - prefix);
    if (start !== null && value >> shift === start >> shift) return kind;
  }
  return 'global';
}

/** Answers that name filters give instead of the truth. */
export function isSinkhole(address: string): boolean {
  const kind = addressKind(address);
  return kind === 'unspecified' || kind === 'loopback';
}

/** Inside a site: split horizon, a forward proxy, or a lie. */
export function isPrivate(address: string): boolean {
  const kind = addressKind(address);
  return kind === 'private' || kind === 'shared' || kind === 'link_local';
}
