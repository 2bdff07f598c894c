/** Base URLs that claim and link read differently, and clouds of one's own. */
import * as at from '../harness/addresses.js';
import { ACLK, fails, ROOM, TOKEN, works, type AgentFiles, type LabCase } from '../harness/case.js';
import { answer, ENV_BODY } from '../harness/peer-plan.js';

const url = (base: string): AgentFiles => ({
  'claim.conf': `[global]\n url = ${base}\n token = ${TOKEN}\n rooms = ${ROOM}\n`,
});
const misread = { orCause: ['tcp.reset', 'host.no_route', 'tcp.egress_blocked'] };
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

export const urlCases: readonly LabCase[] = [
  {
    id: 'url-trailing-slash',
    title: 'A base URL with a trailing slash',
    files: url('https://app.netdata.cloud/'),
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
    id: 'url-onprem-dropped',
    title: 'A cloud of one’s own behind a firewall that drops',
    ...onPrem,
    gateway: [`ip daddr ${at.PRIVATE4} tcp dport 443 drop`],
    files: url(`https://${ONPREM}`),
    // Without /env nobody knows where auth and link would be.
    expect: fails('tcp.egress_blocked', ['claim', 'env'], { orCause: ['tcp.dropped'] }),
  },
];
