/**
 * Proof of an address: a TLS handshake with the name, whose certificate holds for it against the system's or
 * Node's roots. Turns a poisoned answer into a rejected one.
 */
import { rootCertificates } from 'node:tls';
import { textOf } from '../../host/capped-read.js';
import type { Answer } from '../../firewall/core/allow-list.js';
import type { LoadedTrustStore } from '../../model/planned.js';
import { connectTcp } from '../../net/tcp.js';
import { handshakeTls } from '../../net/tls.js';
import { createTrustSet, type TrustSet } from '../../net/trust.js';
import { measured } from './measure.js';

/** Bundles of the usual distributions. */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

const MAX_BUNDLE_BYTES = 8 * 1024 * 1024;
const MAX_ADDRESSES = 64;
const AT_ONCE = 16;

function store(id: string, certificates: readonly string[]): LoadedTrustStore {
  const facts = { id, title: id, paths: [], certificates: certificates.length, problem: null, observation: null };
  return { facts, certificates };
}

/** The system's bundle, or what SSL_CERT_FILE names, and the public roots. */
function roots(): TrustSet {
  const asked = process.env['SSL_CERT_FILE'];
  const files = asked === undefined ? BUNDLES : [asked];
  const system = files.map((path) => textOf(path, MAX_BUNDLE_BYTES)).find((text) => text !== '') ?? '';
  const certificates = system.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return createTrustSet([store('system', certificates), store('mozilla', rootCertificates)], 'system');
}

/** The same answers with `proven` told by a handshake; at most 64 addresses are asked. */
export async function proveAnswers(
  answers: readonly Answer[],
  portOf: (fqdn: string) => number,
  trust: TrustSet = roots(),
): Promise<readonly Answer[]> {
  const pairs = [...new Map(answers.map((row) => [`${row.fqdn} ${row.address}`, row])).values()]
    .filter((row) => !row.address.includes('/'))
    .slice(0, MAX_ADDRESSES);
  const proven = new Set<string>();
  await measured(AT_ONCE, (ctx, label) =>
    Promise.all(
      pairs.map(async ({ fqdn, address }) => {
        const input = { host: fqdn, address, port: portOf(fqdn), peer: 'target' } as const;
        const { handle: socket } = await connectTcp(ctx, label(), input);
        if (socket === null) return;
        const hello = { socket, sni: fqdn, expectedName: fqdn, variant: 'agent', trust } as const;
        const { observation, handle } = await handshakeTls(ctx, label(), hello);
        handle?.destroy();
        socket.destroy();
        if (observation.nameMatches === true && observation.judgements.some((row) => row.trusted))
          proven.add(`${fqdn} ${address}`);
      }),
    ),
  );
  return answers.map((row) => ({ ...row, proven: row.proven || proven.has(`${row.fqdn} ${row.address}`) }));
}
