/**
 * Certificates of the lab, minted once per run into a directory: `<name>.pem` is what a server sends
 * (leaf first), `<name>.key` its key, `ca-<name>.pem` a root to trust. Never reused, never committed.
 */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { NAMES, PRIVATE4, PROXY4, PROXY_NAME } from './addresses.js';

// The DOM's Crypto type that the library asks for is structurally node's.
x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY = 24 * 3600 * 1000;
/** How far ahead the world is in the cases where this host's clock is behind. */
export const CLOCK_AHEAD_MS = 400 * DAY;

interface Identity {
  readonly certificate: x509.X509Certificate;
  readonly keys: CryptoKeyPair;
  /** PEM of this certificate and of the intermediates above it. */
  readonly chain: string;
}
type CryptoKeyPair = Awaited<ReturnType<typeof newKeys>>;

interface Wanted {
  readonly subject: string;
  readonly issuer?: Identity;
  readonly names?: readonly string[];
  readonly from?: number;
  readonly to?: number;
  readonly ca?: boolean;
  /** Where the issuer's certificate can be had (RFC 5280 §4.2.2.1), as every public CA says. */
  readonly issuerUrl?: string;
  /** Of the same subject signed before: a cross-signed certificate. */
  readonly keys?: CryptoKeyPair;
}

const newKeys = () => webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);

async function mint(wanted: Wanted): Promise<Identity> {
  const keys = wanted.keys ?? (await newKeys());
  const now = Date.now();
  const names = wanted.names ?? [];
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: Buffer.from(webcrypto.getRandomValues(new Uint8Array(12))).toString('hex'),
    subject: wanted.subject,
    issuer: wanted.issuer?.certificate.subject ?? wanted.subject,
    notBefore: new Date(now + (wanted.from ?? -30 * DAY)),
    notAfter: new Date(now + (wanted.to ?? 300 * DAY)),
    signingAlgorithm: EC,
    publicKey: keys.publicKey,
    signingKey: (wanted.issuer?.keys ?? keys).privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(wanted.ca === true, undefined, true),
      new x509.KeyUsagesExtension(
        wanted.ca === true
          ? x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign
          : x509.KeyUsageFlags.digitalSignature,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...(wanted.issuerUrl === undefined
        ? []
        : [
            new x509.AuthorityInfoAccessExtension({
              caIssuers: new x509.GeneralName('url', wanted.issuerUrl),
            }),
          ]),
      ...(names.length === 0
        ? []
        : [
            new x509.SubjectAlternativeNameExtension(
              names.map((value) => ({ type: /^[\d.]+$|:/.test(value) ? ('ip' as const) : ('dns' as const), value })),
            ),
            new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1']),
          ]),
    ],
  });
  const own = `${certificate.toString('pem')}\n`;
  const above = wanted.issuer === undefined || isRoot(wanted.issuer) ? '' : wanted.issuer.chain;
  return { certificate, keys, chain: own + above };
}

const isRoot = (identity: Identity): boolean => identity.certificate.subject === identity.certificate.issuer;

/** Roots that a case may put into a trust store, by file name without `ca-`. */
export type CaName = 'cloud' | 'private' | 'inspector' | 'old_inspector' | 'old_public';

/** Writes the whole set; returns the directory. */
export async function mintAll(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const names = [...NAMES];
  const subject = 'CN=app.netdata.cloud';
  const root = await mint({ subject: 'CN=Lab Trust Root R1,O=Lab Trust Services,C=US', ca: true, to: 3000 * DAY });
  const issuing = await mint({
    subject: 'CN=Lab Trust E5,O=Lab Trust Services,C=US',
    issuer: root,
    ca: true,
    to: 2000 * DAY,
  });
  const privateRoot = await mint({ subject: 'CN=Example Manufacturing Internal CA 3', ca: true, to: 3000 * DAY });
  const inspector = await mint({
    subject: 'CN=Zscaler Root CA,OU=Zscaler Inc.,O=Zscaler Inc.,L=San Jose,ST=California,C=US',
    ca: true,
    to: 3000 * DAY,
  });
  const inspectorIssuing = await mint({
    subject: 'CN=Zscaler Intermediate Root CA (zscaler.net),OU=Zscaler Inc.,O=Zscaler Inc.,ST=California,C=US',
    issuer: inspector,
    ca: true,
    to: 1000 * DAY,
  });
  const oldInspector = await mint({
    subject: 'CN=FortiGate CA,OU=Certificate Authority,O=Fortinet,L=Sunnyvale,ST=California,C=US',
    ca: true,
    from: -4000 * DAY,
    to: -2 * DAY,
  });
  const oldPublic = await mint({
    subject: 'CN=Lab Trust Root X3,O=Lab Trust Services,C=US',
    ca: true,
    from: -4000 * DAY,
    to: -60 * DAY,
  });
  // The new root as the old one signed it, for stores that did not know it yet.
  const cross = await mint({
    subject: root.certificate.subject,
    issuer: oldPublic,
    keys: root.keys,
    ca: true,
    to: 500 * DAY,
  });
  const privateIssuing = await mint({
    subject: 'CN=Example Manufacturing Server CA 7',
    issuer: privateRoot,
    ca: true,
    to: 1000 * DAY,
  });
  const issuerUrl = 'http://e5.trust.example/';
  const good = await mint({
    subject,
    issuer: issuing,
    names: [...names, '*.netdata.cloud', '*.corp.example'],
    issuerUrl,
  });
  const leafs: Readonly<Record<string, Identity>> = {
    good,
    wrong_name: await mint({ subject: 'CN=edge.example.net', issuer: issuing, names: ['edge.example.net'] }),
    expired: await mint({ subject, issuer: issuing, names, from: -120 * DAY, to: -3 * DAY }),
    not_yet_valid: await mint({ subject, issuer: issuing, names, from: 20 * DAY, to: 200 * DAY }),
    clock_ahead: await mint({
      subject,
      issuer: issuing,
      names,
      from: CLOCK_AHEAD_MS - 30 * DAY,
      to: CLOCK_AHEAD_MS + 60 * DAY,
    }),
    self_signed: await mint({ subject, names }),
    untrusted: await mint({ subject, issuer: privateIssuing, names }),
    private_onprem: await mint({ subject, issuer: privateIssuing, names: ['*.corp.example'] }),
    cross_signed: { ...good, chain: good.chain + `${cross.certificate.toString('pem')}\n` },
    incomplete: { ...good, chain: `${good.certificate.toString('pem')}\n` },
    portal: await mint({
      subject: 'CN=portal.corp.example',
      issuer: privateRoot,
      names: ['portal.corp.example', PRIVATE4],
    }),
    proxy: await mint({ subject: `CN=${PROXY_NAME}`, issuer: issuing, names: [PROXY_NAME, PROXY4] }),
    inspector_issuing: inspectorIssuing,
    inspected_old_root: await mint({ subject, issuer: oldInspector, names, from: -10 * DAY, to: 80 * DAY }),
  };
  for (const [name, identity] of Object.entries(leafs)) {
    await writeFile(join(directory, `${name}.pem`), identity.chain);
    await writeFile(join(directory, `${name}.key`), await pem(identity.keys));
  }
  for (const [name, identity] of Object.entries({
    cloud: root,
    private: privateRoot,
    inspector,
    old_inspector: oldInspector,
    old_public: oldPublic,
  })) {
    await writeFile(join(directory, `ca-${name}.pem`), `${identity.certificate.toString('pem')}\n`);
    // mitmproxy reads certificate and key from one file.
    await writeFile(
      join(directory, `ca-${name}.with-key.pem`),
      `${await pem(identity.keys)}${identity.certificate.toString('pem')}\n`,
    );
  }
  return directory;
}

async function pem(keys: CryptoKeyPair): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}
