/**
 * Makes src/sim/certs/fixtures.ts: the certificates of the simulated cloud. Run by hand: `node scripts/make-certs.mjs`.
 *
 * The private keys of the authorities are thrown away when this process ends. The one leaf key is committed, so
 * anybody can use it: the root must never be trusted outside a lab, and its name constraints keep the damage small.
 * Nothing expires before 2099 except what is meant to be expired.
 */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import * as x509 from '@peculiar/x509';
import * as prettier from 'prettier';

x509.cryptoProvider.set(webcrypto);
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const FROM = new Date('2020-01-01T00:00:00Z');
const UNTIL = new Date('2099-12-31T00:00:00Z');
const makeKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

const CLOUD_NAMES = ['app', 'api', 'mqtt', 'get', 'repository', 'agent-events']
  .map((name) => `${name}.netdata.cloud`)
  .concat('*.cloud.test', 'localhost');

/** DER of one element: tag, length below 65536, content. */
function der(tag, ...parts) {
  const content = Buffer.concat(parts);
  const length = content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

/** RFC 5280 §4.2.1.10, permitted subtrees only: critical, so that a verifier which cannot read it refuses. */
function nameConstraints() {
  const names = ['netdata.cloud', 'cloud.test', 'example.test', 'localhost'].map((name) =>
    der(0x30, der(0x82, Buffer.from(name))),
  );
  const loopback4 = der(0x30, der(0x87, Buffer.from([127, 0, 0, 0, 255, 0, 0, 0])));
  const loopback6 = der(0x30, der(0x87, Buffer.concat([Buffer.alloc(15), Buffer.from([1]), Buffer.alloc(16, 255)])));
  return new x509.Extension('2.5.29.30', true, der(0x30, der(0xa0, ...names, loopback4, loopback6)));
}

async function makeCa({ subject, issuer = null, constrained = false }) {
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer?.certificate.subject ?? subject,
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: ALGORITHM,
    notBefore: FROM,
    notAfter: UNTIL,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...(issuer ? [await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey)] : []),
      ...(constrained ? [nameConstraints()] : []),
    ],
  });
  return { keys, certificate, pem: certificate.toString('pem') };
}

const leafKeys = await makeKeys();

async function makeLeaf({
  issuer,
  names = CLOUD_NAMES,
  notBefore = FROM,
  notAfter = UNTIL,
  subject = `CN=${names[0]}`,
}) {
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer?.certificate.subject ?? subject,
    publicKey: leafKeys.publicKey,
    signingKey: (issuer?.keys ?? leafKeys).privateKey,
    signingAlgorithm: ALGORITHM,
    notBefore,
    notAfter,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1']),
      new x509.SubjectAlternativeNameExtension([
        ...names.map((value) => ({ type: 'dns', value })),
        ...(names === CLOUD_NAMES ? ['127.0.0.1', '::1'].map((value) => ({ type: 'ip', value })) : []),
      ]),
      await x509.AuthorityKeyIdentifierExtension.create((issuer?.keys ?? leafKeys).publicKey),
    ],
  });
  return certificate.toString('pem');
}

const root = await makeCa({ subject: 'O=Simulation only, CN=Simulated Cloud Root', constrained: true });
const intermediate = await makeCa({ subject: 'O=Simulation only, CN=Simulated Cloud R1', issuer: root });
const unknownRoot = await makeCa({ subject: 'O=Nobody You Know, CN=Unknown Root' });
const unknownIntermediate = await makeCa({ subject: 'O=Nobody You Know, CN=Unknown R1', issuer: unknownRoot });
// Shapes of issuer names as inspecting products put them into the certificates they make.
const fortinet = await makeCa({
  subject:
    'C=US, ST=California, L=Sunnyvale, O=Fortinet, OU=Certificate Authority, CN=FG100FTK20000000, E=support@fortinet.com',
});
const zscalerRoot = await makeCa({
  subject:
    'C=US, ST=California, L=San Jose, O=Zscaler Inc., OU=Zscaler Inc., CN=Zscaler Root CA, E=support@zscaler.com',
});
const zscaler = await makeCa({
  subject: 'C=US, ST=California, O=Zscaler Inc., OU=Zscaler Inc., CN=Zscaler Intermediate Root CA (zscaler.net)',
  issuer: zscalerRoot,
});
const corporate = await makeCa({ subject: 'C=DE, O=Example Werke AG, CN=Example Werke Web Gateway' });

const good = await makeLeaf({ issuer: intermediate });
const bundle = (...pems) => pems.map((pem) => `${pem.trim()}\n`).join('');
const hostile = await makeLeaf({
  issuer: unknownRoot,
  subject: 'CN=evil\u001b[2J\u001b[31m<script>alert(1)</script>, O=\u202ereversed',
});
const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', leafKeys.privateKey), 'PRIVATE KEY');

const FIXTURES = {
  ROOT: ['Root of the healthy chains; name-constrained.', root.pem],
  UNKNOWN_ROOT: ['Root that no store has.', unknownRoot.pem],
  FORTINET_ROOT: ['Root of an inspecting firewall, vendor-like.', fortinet.pem],
  ZSCALER_ROOT: ['Root of an inspecting cloud proxy, vendor-like.', zscalerRoot.pem],
  CORPORATE_ROOT: ["Root of a company's own gateway, no vendor name in it.", corporate.pem],
  LEAF_KEY: ['Private key of every leaf: public knowledge, for simulation only.', key],
  GOOD: ['Leaf and intermediate.', bundle(good, intermediate.pem)],
  INCOMPLETE: ['The good leaf without its intermediate.', bundle(good)],
  WRONG_NAME: [
    'Trusted, for another host.',
    bundle(await makeLeaf({ issuer: intermediate, names: ['portal.example.test'] }), intermediate.pem),
  ],
  EXPIRED: [
    'Expired in 2021.',
    bundle(await makeLeaf({ issuer: intermediate, notAfter: new Date('2021-01-01T00:00:00Z') }), intermediate.pem),
  ],
  NOT_YET_VALID: [
    'Valid from 2098 on.',
    bundle(await makeLeaf({ issuer: intermediate, notBefore: new Date('2098-01-01T00:00:00Z') }), intermediate.pem),
  ],
  UNTRUSTED_WITH_ROOT: ['Unknown root, sent along.', bundle(await makeLeaf({ issuer: unknownRoot }), unknownRoot.pem)],
  UNTRUSTED: [
    'Unknown root, not sent.',
    bundle(await makeLeaf({ issuer: unknownIntermediate }), unknownIntermediate.pem),
  ],
  SELF_SIGNED: ['A self-signed leaf.', bundle(await makeLeaf({ issuer: null }))],
  FORTINET: ['Intercepted by a firewall.', bundle(await makeLeaf({ issuer: fortinet }), fortinet.pem)],
  ZSCALER: ['Intercepted by a cloud proxy.', bundle(await makeLeaf({ issuer: zscaler }), zscaler.pem)],
  CORPORATE: ["Intercepted by a company's gateway.", bundle(await makeLeaf({ issuer: corporate }), corporate.pem)],
  HOSTILE: ['Subject with escape codes and markup.', bundle(hostile, unknownRoot.pem)],
};

// A certificate stands in several chains: it is written down once, in one line.
const named = new Map();
const chainOf = (pem) =>
  bundle(pem)
    .match(/-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----\n/g)
    .map((one) => {
      const [, label, body] = /BEGIN ([A-Z ]+)-----([^-]+)/.exec(one);
      const name = named.get(one)?.name ?? `PEM_${named.size + 1}`;
      named.set(one, { name, line: `const ${name} = pem('${label}', '${body.replaceAll('\n', '')}');\n` });
      return name;
    })
    .join(' + ');
const rows = Object.entries(FIXTURES).map(
  ([name, [comment, pem]]) => `/** ${comment} */\nexport const ${name} = ${chainOf(pem)};\n`,
);
const path = new URL('../src/sim/certs/fixtures.ts', import.meta.url);
const text = [
  '/** Made by scripts/make-certs.mjs. For simulation only: never trust ROOT outside a lab, LEAF_KEY is public. */\n',
  `const pem = (label: string, body: string): string =>
  \`-----BEGIN \${label}-----\\n\${body.replaceAll(/.{1,64}/g, '$&\\n')}-----END \${label}-----\\n\`;\n`,
  [...named.values()].map(({ line }) => line).join(''),
  ...rows,
].join('\n');
writeFileSync(path, await prettier.format(text, { ...(await prettier.resolveConfig(path)), parser: 'typescript' }));
