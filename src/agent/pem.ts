/** Certificates out of PEM text (RFC 7468): blocks, normalised so that equal ones are equal strings. */

const BEGIN = '-----BEGIN ';
const LABELS = ['CERTIFICATE-----', 'X509 CERTIFICATE-----', 'TRUSTED CERTIFICATE-----'];
const END = '-----END ';

/** The certificates of a PEM file, in order; text around the blocks is skipped, as OpenSSL does. */
export function pemCertificates(text: string): string[] {
  const found: string[] = [];
  let from = text.indexOf(BEGIN);
  while (from >= 0) {
    const labelAt = from + BEGIN.length;
    const label = LABELS.find((candidate) => text.startsWith(candidate, labelAt));
    const end = text.indexOf(END, labelAt);
    if (end < 0) break;
    if (label !== undefined) {
      const body = text
        .slice(labelAt + label.length, end)
        .replace(/[\r\t ]/g, '')
        .trim();
      if (body !== '' && /^[A-Za-z0-9+/=\n]+$/.test(body)) {
        found.push(`${BEGIN}CERTIFICATE-----\n${body}\n${END}CERTIFICATE-----\n`);
      }
    }
    from = text.indexOf(BEGIN, end);
  }
  return found;
}
