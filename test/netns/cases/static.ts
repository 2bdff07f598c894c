/**
 * A static Agent (/opt/netdata): its C library is musl, which looks names up in its own way. The truth of each case is
 * checked by a program that is linked with musl (static.test.ts).
 */
import { chmod, copyFile, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import * as at from '../harness/addresses.js';
import { fails, works, type LabCase } from '../harness/case.js';

/** What musl's getaddrinfo does with the three names in the world of the case. */
export interface StaticCase extends LabCase {
  readonly musl: 'finds' | 'fails' | 'either';
}

const second = at.RESOLVER4B;
const both = `nameserver ${second}\nnameserver ${at.RESOLVER4}\n`;
const everyName = (how: 'nxdomain' | 'servfail' | 'silent') => ({ [at.APP]: how, [at.API]: how, [at.MQTT]: how });

const build: Pick<LabCase, 'args' | 'also'> = {
  args: ['--prefix', '{{case}}/opt'],
  // As the installer leaves it: the program, and a link to the system's certificates.
  also: async (lab) => {
    const prefix = join(lab.caseDirectory, 'opt');
    await mkdir(join(prefix, 'bin/srv'), { recursive: true });
    await mkdir(join(prefix, 'etc'), { recursive: true });
    await copyFile('/bin/true', join(prefix, 'bin/srv/netdata'));
    await chmod(join(prefix, 'bin/srv/netdata'), 0o755);
    await symlink('/etc/ssl', join(prefix, 'etc/ssl'));
  },
};

/** resolv.conf as Kubernetes writes it. */
const searching = (how: 'nxdomain' | 'nodata' | 'servfail' | 'refused' | 'silent'): Partial<LabCase> => ({
  resolvConf: `search corp.example\nnameserver ${at.RESOLVER4}\noptions ndots:5\n`,
  dns: { bad: Object.fromEntries(at.NAMES.map((name) => [`${name}.corp.example`, how])) },
});

export const staticCases: readonly StaticCase[] = [
  {
    id: 'static-search-nxdomain',
    title: 'ndots:5 and a search domain, and the resolver denies what is not there',
    ...build,
    ...searching('nxdomain'),
    unusual: true,
    musl: 'finds',
    expect: works(),
  },
  {
    id: 'static-search-nodata',
    title: 'ndots:5, and names below the search domain exist without addresses: musl gives up, glibc goes on',
    ...build,
    ...searching('nodata'),
    musl: 'fails',
    expect: fails('dns.no_data'),
  },
  {
    id: 'static-search-servfail',
    title: 'ndots:5, and SERVFAIL for names below the search domain',
    ...build,
    ...searching('servfail'),
    musl: 'fails',
    expect: fails('dns.servfail'),
  },
  {
    id: 'static-search-refused',
    title: 'ndots:5, and the resolver refuses names below the search domain',
    ...build,
    ...searching('refused'),
    musl: 'fails',
    expect: fails('dns.refused'),
  },
  {
    id: 'static-healthy',
    title: 'A static Agent, and nothing is wrong',
    ...build,
    unusual: true,
    musl: 'finds',
    expect: works(),
  },
  {
    id: 'static-aaaa-servfail',
    title: 'SERVFAIL for IPv6 only: getent finds the names, the static Agent does not',
    ...build,
    dns: { odd: 'aaaa_servfail' },
    musl: 'fails',
    expect: fails('dns.servfail'),
  },
  {
    id: 'static-aaaa-refused',
    title: 'REFUSED for IPv6 only',
    ...build,
    dns: { odd: 'aaaa_refused' },
    musl: 'fails',
    expect: fails('dns.refused'),
  },
  {
    id: 'static-aaaa-nxdomain',
    title: 'NXDOMAIN for IPv6 only: one denial is enough',
    ...build,
    dns: { odd: 'aaaa_nxdomain' },
    musl: 'fails',
    expect: fails('dns.nxdomain'),
  },
  {
    id: 'static-aaaa-silent',
    title: 'Silence for IPv6 only: the name is given up after 5 s',
    ...build,
    dns: { odd: 'aaaa_silent' },
    musl: 'fails',
    expect: fails('dns.timeout'),
  },
  {
    id: 'static-nxdomain',
    title: 'The names do not exist, for anybody',
    ...build,
    dns: { bad: everyName('nxdomain') },
    musl: 'fails',
    expect: fails('dns.nxdomain'),
  },
  {
    id: 'static-first-silent',
    title: 'The first of two resolvers is dead: both are asked at once, nothing waits, not even the claim',
    ...build,
    resolvConf: `nameserver 10.77.0.99\nnameserver ${at.RESOLVER4}\n`,
    unusual: true,
    musl: 'finds',
    expect: works([], ['dns.resolver_unreachable']),
  },
  {
    id: 'static-first-servfail',
    title: 'The first of two resolvers fails: its answer does not count',
    ...build,
    resolvConf: both,
    dns: { second: { bad: everyName('servfail') } },
    unusual: true,
    musl: 'finds',
    expect: works([], ['dns.resolvers_disagree', 'dns.servfail']),
  },
  {
    id: 'static-second-denies',
    title: 'The first of two resolvers is right, the second denies: whoever answers first is believed',
    ...build,
    resolvConf: `nameserver ${at.RESOLVER4}\nnameserver ${second}\n`,
    dns: { second: { bad: everyName('nxdomain') } },
    musl: 'either',
    expect: {
      claim: ['at_risk', 'will_fail'],
      link: ['at_risk', 'will_fail'],
      legs: {
        claim: ['at_risk', 'will_fail'],
        env: ['at_risk', 'will_fail'],
        auth: ['at_risk', 'will_fail'],
        link: ['at_risk', 'will_fail'],
      },
      cause: 'dns.resolvers_disagree',
      exit: [0, 1],
    },
  },
  {
    id: 'static-nsswitch-files',
    title: 'nsswitch.conf asks files only: the programs of the host find nothing, the static Agent does not look there',
    ...build,
    nsswitch: 'files',
    unusual: true,
    musl: 'finds',
    expect: works([], ['host.no_resolver', 'dns.resolvers_disagree']),
  },
  {
    id: 'static-hosts-file',
    title: 'The hosts file has the names, no resolver does',
    ...build,
    hosts: [`${at.APP4} ${at.APP}`, `${at.API4} ${at.API}`, `${at.MQTT4} ${at.MQTT}`],
    dns: { bad: everyName('nxdomain') },
    unusual: true,
    musl: 'finds',
    expect: works([], ['dns.hosts_override', 'dns.nxdomain']),
  },
];
