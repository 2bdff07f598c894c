/** Makes certificates on the fly for whatever name is asked for, as an inspecting gateway does. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);
const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY = 24 * 3600 * 1000;

export async function createMinter(pki: string): Promise<(name: string) => Promise<{ cert: string; key: string }>> {
  const chain = await readFile(join(pki, 'inspector_issuing.pem'), 'utf8');
  const issuer = new x509.X509Certificate(chain);
  const der = Buffer.from(
    (await readFile(join(pki, 'inspector_issuing.key'), 'utf8')).replace(/-----.*-----|\n/g, ''),
    'base64',
  );
  const signingKey = await webcrypto.subtle.importKey('pkcs8', der, EC, false, ['sign']);
  const keys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
  const exported = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const key = `-----BEGIN PRIVATE KEY-----\n${exported.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`;
  return async (name) => {
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: Buffer.from(webcrypto.getRandomValues(new Uint8Array(12))).toString('hex'),
      subject: `CN=${name}`,
      issuer: issuer.subject,
      notBefore: new Date(Date.now() - 10 * DAY),
      notAfter: new Date(Date.now() + 80 * DAY),
      signingAlgorithm: EC,
      publicKey: keys.publicKey,
      signingKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }]),
        new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1']),
      ],
    });
    return { cert: `${certificate.toString('pem')}\n${chain}`, key };
  };
}
