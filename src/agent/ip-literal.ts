/** Address literals, without node:net: this folder opens no sockets and does not reach for them. */

export function isIPv4Literal(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

/** RFC 4291 §2.2 text, without brackets or zone. */
export function isIPv6Literal(text: string): boolean {
  return /^[0-9A-Fa-f:.]{2,45}$/.test(text) && text.includes(':') && URL.canParse(`http://[${text}]/`);
}

/** Numeric value and width of an address, or null. */
export function addressBits(text: string): { readonly value: bigint; readonly width: 32 | 128 } | null {
  if (isIPv4Literal(text)) {
    return { value: text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n), width: 32 };
  }
  if (!isIPv6Literal(text)) return null;
  // The URL parser writes IPv6 in its shortest form and any embedded IPv4 as hexadecimal.
  const short = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const [head = '', tail] = short.split('::');
  const groups = (side: string): string[] => (side === '' ? [] : side.split(':'));
  const left = groups(head);
  const right = groups(tail ?? '');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
  const value = [...left, ...zeros, ...right].reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
  return { value, width: 128 };
}
