/** Base URLs that claim and link read differently, and clouds of one's own. */
import * as at from '../harness/addresses.js';
import { ACLK, ENV, fails, ROOM, TOKEN, works, type AgentFiles, type LabCase } from '../harness/case.js';
import { answer, ENV_BODY } from '../harness/peer-plan.js';
import { PORT } from '../harness/services.js';
import { ONLY_PROXY_OUT } from './proxy-routes.js';

const url = (base: string): AgentFiles => ({
  'claim.conf': `[global]\n url = ${base}\n token = ${TOKEN}\n rooms = ${ROOM}\n`,
});
const misread = { orCause: ['tcp.reset', 'host.no_route', 'tcp.egress_blocked'] } as const;
const ONPREM = 'cloud.corp.example';
/** One host for everything, as on-prem installations have it. */
const onPrem: Pick<LabCase, 'dns' | 'peer'> = {
  dns: {
    records: { [ONPREM]: [at.PRIVATE4] },
    bad: Object.fromEntries(at.NAMES.map((name) => [name, 'nxdomain' as const])),
  },
  peer: [
    {
      behaviour: {
        env: answer('200 OK', ENV_BODY.replaceAll(/(?:api|mqtt)\.netdata\.cloud/g, ONPREM)),
      },
    },
  ],
};

/** One without TLS, by a name that the proxy's own resolver knows; only the proxy gets there. */
const PLAIN_HOST = 'www.corp.example';
const PLAIN = `http://${PLAIN_HOST}:8080`;
const plainOnPrem: Pick<LabCase, 'peer' | 'gateway' | 'needs' | 'also'> = {
  peer: [
    {
      behaviour: {
        env: answer('200 OK', ENV_BODY.replaceAll(/(?:api|mqtt)\.netdata\.cloud/g, PLAIN_HOST)),
        connection: 'plain_http',
      },
    },
  ],
  gateway: ONLY_PROXY_OUT,
  needs: ['squid'],
  also: (lab) =>
    lab.nft(
      lab.ns.cloud,
      'table ip plain {\n chain in {\n type nat hook prerouting priority -101;\n tcp dport 8080 dnat to :4430\n }\n}\n',
    ),
};
const squid = (port: number): string => `http://${at.PROXY_NAME}:${port}`;

export const urlCases: readonly LabCase[] = [
  {
    id: 'url-trailing-slash',
    title: 'A base URL with a trailing slash',
    files: url('https://app.netdata.cloud/'),
    unusual: true,
    expect: works(),
  },
  {
    id: 'url-trailing-dot',
    title: 'A base URL with a fully qualified name: its final dot is no part of the name in the certificate',
    files: url('https://app.netdata.cloud.'),
    unusual: true,
    expect: works(),
  },
  {
    id: 'url-port',
    title: 'A base URL with the port spelled out',
    files: url('https://app.netdata.cloud:443'),
    unusual: true,
    expect: works(),
  },
  {
    id: 'url-upper-scheme',
    title: 'HTTPS:// in capitals: the claim works, the link reads port 0',
    files: url('HTTPS://app.netdata.cloud'),
    expect: { ...fails('agent.base_url_invalid', ACLK, misread) },
  },
  {
    id: 'url-no-scheme',
    title: 'No scheme: libcurl goes to port 80 and is redirected, the link reads port 0',
    files: url('app.netdata.cloud'),
    expect: { ...fails('agent.base_url_invalid', undefined, misread) },
  },
  {
    id: 'url-onprem',
    title: 'A cloud of one’s own: one private host for everything',
    ...onPrem,
    files: url(`https://${ONPREM}`),
    unusual: true,
    expect: works(),
  },
  {
    id: 'url-onprem-private-ca',
    title: 'A cloud of one’s own with a private CA in trusted.pem only: claims, never comes online',
    ...onPrem,
    peer: [...(onPrem.peer ?? []), { behaviour: { certificate: 'private_onprem' } }],
    files: { ...url(`https://${ONPREM}`), trustedPem: ['private'] },
    expect: fails('agent.trust_split', ACLK, { orCause: ['tls.untrusted_issuer'] }),
  },
  {
    id: 'url-onprem-unknown-ca',
    title: 'A cloud of one’s own with a private CA that nobody put into any store',
    ...onPrem,
    peer: [...(onPrem.peer ?? []), { behaviour: { certificate: 'private_onprem' } }],
    files: url(`https://${ONPREM}`),
    expect: fails('tls.untrusted_issuer', ['claim', 'env']),
  },
  {
    id: 'url-plain-proxy',
    title: 'An http:// URL through squid: libcurl hands the whole URL to the proxy, the link still wants TLS',
    ...plainOnPrem,
    files: { 'claim.conf': `${url(PLAIN)['claim.conf'] ?? ''} proxy = ${squid(PORT.squid)}\n` },
    expect: fails('agent.base_url_invalid', ENV, { orCause: ['tls.not_tls'] }),
  },
  {
    id: 'url-plain-proxy-env',
    title: 'An http:// URL and http_proxy: the variable that counts for it, https_proxy does not',
    ...plainOnPrem,
    files: url(PLAIN),
    env: { http_proxy: squid(PORT.squid), https_proxy: squid(PORT.nothing) },
    expect: fails('agent.base_url_invalid', ENV, { orCause: ['tls.not_tls'] }),
  },
  {
    id: 'url-plain-proxy-login',
    title: 'An http:// URL through a squid that wants a login: 407 answers the request itself',
    ...plainOnPrem,
    files: { 'claim.conf': `${url(PLAIN)['claim.conf'] ?? ''} proxy = ${squid(PORT.squidBasic)}\n` },
    expect: fails('proxy.auth_required', ['claim', 'env']),
  },
  {
    id: 'url-onprem-dropped',
    title: 'A cloud of one’s own behind a firewall that drops',
    ...onPrem,
    gateway: [`ip daddr ${at.PRIVATE4} tcp dport 443 drop`],
    files: url(`https://${ONPREM}`),
    // Without /env nobody knows where auth and link would be.
    expect: fails('tcp.egress_blocked', ['claim', 'env'], { orCause: ['tcp.dropped'] }),
  },
];
