/** Certificates minted in-process for one test run (WebCrypto, EC P-256 unless told otherwise). */
import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsagesExtension,
  KeyUsageFlags,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
  type Extension,
  type X509Certificate,
} from '@peculiar/x509';
import { webcrypto } from 'node:crypto';

export interface Minted {
  readonly name: string;
  readonly pem: string;
  readonly keyPem: string;
  readonly certificate: X509Certificate;
  readonly keys: CryptoKeyPair;
}

type CryptoKeyPair = webcrypto.CryptoKeyPair;

export interface Wish {
  readonly subject: string;
  /** Absent: self-signed. */
  readonly issuer?: Minted;
  readonly ca?: boolean | 'not_stated';
  readonly pathLength?: number;
  readonly names?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly keys?: CryptoKeyPair;
  readonly rsaBits?: 1024 | 2048;
  readonly keyUsage?: number;
  readonly purposes?: readonly string[];
  readonly withoutKeyIds?: boolean;
  readonly hash?: 'SHA-1' | 'SHA-256';
}

const DAY = 24 * 3600 * 1000;

export async function newKeys(rsaBits?: number): Promise<CryptoKeyPair> {
  const algorithm =
    rsaBits === undefined
      ? { name: 'ECDSA', namedCurve: 'P-256' }
      : {
          name: 'RSASSA-PKCS1-v1_5',
          hash: 'SHA-256',
          publicExponent: new Uint8Array([1, 0, 1]),
          modulusLength: rsaBits,
        };
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

export async function mint(wish: Wish): Promise<Minted> {
  const keys = wish.keys ?? (await newKeys(wish.rsaBits));
  const signer = wish.issuer?.keys ?? keys;
  const extensions: Extension[] = [];
  const ca = wish.ca ?? false;
  if (ca !== 'not_stated') extensions.push(new BasicConstraintsExtension(ca, wish.pathLength, true));
  const usage = wish.keyUsage ?? (ca === true ? KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign : undefined);
  if (usage !== undefined) extensions.push(new KeyUsagesExtension(usage, true));
  if (wish.purposes !== undefined) extensions.push(new ExtendedKeyUsageExtension([...wish.purposes]));
  if (wish.names !== undefined) {
    extensions.push(
      new SubjectAlternativeNameExtension(
        wish.names.map((value) => ({ type: /^[\d.]+$|:/.test(value) ? ('ip' as const) : ('dns' as const), value })),
      ),
    );
  }
  if (wish.withoutKeyIds !== true) {
    extensions.push(await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto));
    extensions.push(await AuthorityKeyIdentifierExtension.create(signer.publicKey, false, webcrypto));
  }
  const rsa = signer.privateKey.algorithm.name !== 'ECDSA';
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: Buffer.from(webcrypto.getRandomValues(new Uint8Array(8)))
        .toString('hex')
        .replace(/^[89a-f]/, '1'),
      subject: wish.subject,
      issuer: wish.issuer?.certificate.subject ?? wish.subject,
      notBefore: wish.notBefore ?? new Date(Date.now() - DAY),
      notAfter: wish.notAfter ?? new Date(Date.now() + 30 * DAY),
      publicKey: keys.publicKey,
      signingKey: signer.privateKey,
      signingAlgorithm: rsa
        ? { name: 'RSASSA-PKCS1-v1_5', hash: wish.hash ?? 'SHA-256' }
        : { name: 'ECDSA', hash: wish.hash ?? 'SHA-256' },
      extensions,
    },
    webcrypto,
  );
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    name: wish.subject,
    pem: `${certificate.toString('pem')}\n`,
    keyPem: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
    certificate,
    keys,
  };
}

export { KeyUsageFlags };
