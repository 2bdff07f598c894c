/**
 * Proof of an address: a TLS handshake with the name, whose certificate holds for it against the system's or
 * Node's roots. Turns a poisoned answer into a rejected one.
 */
import { connect as connectTls } from 'node:tls';
import { rootCertificates } from 'node:tls';
import { textOf } from '../../host/capped-read.js';
import type { Answer } from '../../firewall/allow-list.js';

/** Bundles of the usual distributions. */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

const MAX_BUNDLE_BYTES = 8 * 1024 * 1024;

function roots(): string[] {
  const asked = process.env['SSL_CERT_FILE'];
  const files = asked === undefined ? BUNDLES : [asked];
  const system = files.map((path) => textOf(path, MAX_BUNDLE_BYTES)).find((text) => text !== '');
  return system === undefined ? [...rootCertificates] : [...rootCertificates, system];
}

function proveOne(fqdn: string, address: string, port: number, ca: string[], timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTls({ host: address, port, servername: fqdn, ca, rejectUnauthorized: true });
    const done = (proven: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(proven);
    };
    const timer = setTimeout(() => {
      done(false);
    }, timeoutMs);
    socket.on('error', () => {
      done(false);
    });
    socket.once('secureConnect', () => {
      done(socket.authorized);
    });
  });
}

/** The same answers with `proven` told by a handshake; at most 64 addresses, 16 at once. */
export async function proveAnswers(
  answers: readonly Answer[],
  portOf: (fqdn: string) => number,
  timeoutMs = 5000,
): Promise<readonly Answer[]> {
  const pairs = [...new Map(answers.map((row) => [`${row.fqdn} ${row.address}`, row])).values()]
    .filter((row) => !row.address.includes('/'))
    .slice(0, 64);
  const ca = roots();
  const proven = new Set<string>();
  for (let i = 0; i < pairs.length; i += 16)
    await Promise.all(
      pairs.slice(i, i + 16).map(async (row) => {
        if (await proveOne(row.fqdn, row.address, portOf(row.fqdn), ca, timeoutMs))
          proven.add(`${row.fqdn} ${row.address}`);
      }),
    );
  return answers.map((row) => ({ ...row, proven: row.proven || proven.has(`${row.fqdn} ${row.address}`) }));
}
