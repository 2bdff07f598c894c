/** Reads what `targets/shared/destinations.ts` writes, and nothing else. */

/** The length that a netmask stands for; a text that is none gives no usable prefix. */
export function maskLength(mask: string): string {
  const bits = mask
    .split('.')
    .map((octet) => Number(octet).toString(2).padStart(8, '0'))
    .join('');
  return /^1*0*$/.test(bits) && bits.length === 32 ? String(bits.indexOf('0') === -1 ? 32 : bits.indexOf('0')) : 'x';
}
