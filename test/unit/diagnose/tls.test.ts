import { describe, expect, it } from 'vitest';
import { LEGS, type Leg } from '../../../src/model/route.js';
import type { TlsHandshakeObservation } from '../../../src/model/observation.js';
import type { FailureKind } from '../../../src/model/failure.js';
import {
  ADDRESS,
  blamed,
  certificate,
  control,
  ENV_ANSWER,
  GENUINE,
  HOST,
  hostFact,
  judgedBy,
  judgedWith,
  LOST,
  neutral,
  SILENT,
  STORES,
  tell,
  walkLegs,
  world,
  type Told,
  type World,
  localFirewall,
} from './world.js';

type Tls = Partial<Omit<TlsHandshakeObservation, 'operation' | 'id'>>;

/** The handshake of the link fails. */
function broken(kind: FailureKind, over: Tls = {}): World {
  const timing = kind === 'generic_timeout_error' ? SILENT : {};
  return walkLegs(world(), {
    link: { steps: (steps) => void steps.tlsFails(steps.connectOk(ADDRESS.link), kind, { ...timing, ...over }) },
  });
}

function hello(
  run: World,
  kind: 'other_name_same_address' | 'small_client_hello' | 'no_name_same_address',
  works: boolean,
  how: FailureKind = 'connection_reset',
): void {
  const steps = control(run, kind, 'link');
  const way = steps.connectOk(ADDRESS.link);
  if (works) steps.tlsOk(way, { sni: 'www.example.com', expectedName: 'www.example.com', nameMatches: false });
  else steps.tlsFails(way, how, how === 'generic_timeout_error' ? SILENT : {});
}

/** All legs get this chain. */
function chained(tls: Tls, legs: readonly Leg[] = LEGS, run = world()): World {
  return walkLegs(run, Object.fromEntries(legs.map((leg) => [leg, { tls }])));
}

describe('handshakes that do not finish', () => {
  it('tls.sni_filtered: our name is cut, another one at the same address passes', () => {
    const run = broken('connection_reset');
    localFirewall(run);
    hello(run, 'other_name_same_address', true);
    const told = tell(run);
    expect(blamed(told)).toEqual(['tls.sni_filtered']);
    expect(told.finding('tls.sni_filtered')).toMatchObject({ confidence: 'certain', subject: { hosts: [HOST.link] } });
    expect(told.finding('tls.sni_filtered').hides).toContain('tls.reset');
  });

  it('tls.reset, not tls.sni_filtered: other names are cut as well', () => {
    const run = broken('connection_reset');
    localFirewall(run);
    hello(run, 'other_name_same_address', false);
    hello(run, 'small_client_hello', false);
    const told = tell(run);
    expect(blamed(told)).toEqual(['tls.reset']);
    expect(told.finding('tls.reset').confidence).toBe('certain');
    expect(told.unchecked).toEqual([]);
  });

  it('tls.reset, not tls.stalled: the packets of one cut were lost on the way', () => {
    const run = walkLegs(world(), {
      link: {
        steps(steps) {
          steps.tlsFails(steps.connectOk(ADDRESS.link), 'connection_reset');
          steps.tlsFails(steps.connectOk(ADDRESS.link), 'generic_timeout_error', SILENT);
        },
      },
    });
    localFirewall(run);
    hello(run, 'other_name_same_address', false);
    hello(run, 'small_client_hello', false);
    expect(blamed(tell(run))).toEqual(['tls.reset']);
  });

  it('tls.reset, not tls.stalled: the only handshake stays silent, and every other name at the address is cut', () => {
    const run = broken('generic_timeout_error');
    localFirewall(run);
    hello(run, 'other_name_same_address', false);
    hello(run, 'small_client_hello', false);
    expect(blamed(tell(run))).toEqual(['tls.reset']);
  });

  it.each([
    [4999, 'tls.reset'],
    [5000, 'tls.stalled'],
  ])('an end of the connection after %d ms without a byte is %s', (tMs, id) => {
    const run = broken('eof_error', { t0Ms: 0, tMs });
    localFirewall(run);
    hello(run, 'other_name_same_address', false, 'generic_timeout_error');
    expect(blamed(tell(run))).toEqual([id]);
  });

  it('without the control, says what was not checked', () => {
    const told = tell(broken('connection_reset'));
    expect(blamed(told)).toEqual(['tls.reset']);
    expect(told.finding('tls.reset')).toMatchObject({ confidence: 'possible' });
    expect(told.unchecked.map(({ id }) => id)).toContain('tls.sni_filtered');
  });

  it('tls.stalled: silence for every name', () => {
    const run = broken('generic_timeout_error');
    hello(run, 'other_name_same_address', false, 'generic_timeout_error');
    const told = tell(run);
    expect(blamed(told)).toEqual(['tls.stalled']);
    expect(told.finding('tls.stalled').confidence).toBe('likely');
  });

  it('tls.sni_filtered, not tls.stalled: swallowed for our name only', () => {
    const run = broken('generic_timeout_error');
    hello(run, 'no_name_same_address', true);
    expect(blamed(tell(run))).toEqual(['tls.sni_filtered']);
  });

  it.each([
    ['finishes', null, true],
    ['gets an alert as well', 'ssl_alert', false],
    ['is cut', 'connection_reset', false],
  ] as const)('our name gets an alert, another one %s', (_, kind, filtered) => {
    const run = broken('ssl_alert', { alert: 112, gotServerBytes: true });
    localFirewall(run);
    const steps = control(run, 'other_name_same_address', 'link');
    const way = steps.connectOk(ADDRESS.link);
    const name = { sni: 'www.example.com', expectedName: 'www.example.com' };
    if (kind === null) steps.tlsOk(way, { ...name, nameMatches: false });
    else steps.tlsFails(way, kind, { ...name, alert: 112, gotServerBytes: kind === 'ssl_alert' });
    expect(tell(run).ids.includes('tls.sni_filtered')).toBe(filtered);
  });

  it('tls.sni_filtered says after how long it was cut, and which names pass', () => {
    const run = broken('connection_reset', { t0Ms: 100, tMs: 112.34 });
    localFirewall(run);
    hello(run, 'other_name_same_address', true);
    hello(run, 'no_name_same_address', false);
    const finding = tell(run).finding('tls.sni_filtered');
    expect(finding.data).toMatchObject({ afterMs: 12.3, silent: false, passes: ['www.example.com'] });
    expect(finding.title).toContain('cuts TLS connections');
    expect(finding.why).toContain('was cut off after 12 ms');
    expect(finding.why).toContain('the name www.example.com');
  });

  it('tls.client_hello_size: a small one passes, full-size packets do too', () => {
    const run = broken('generic_timeout_error', { helloBytes: 1700, ...LOST });
    localFirewall(run);
    hello(run, 'small_client_hello', true);
    hello(run, 'other_name_same_address', false);
    const writes = control(run, 'full_size_write', 'link');
    writes.fullSizeWrite(writes.connectOk(ADDRESS.link), true);
    const told = tell(run);
    expect(blamed(told)).toEqual(['tls.client_hello_size']);
    expect(told.finding('tls.client_hello_size').confidence).toBe('certain');
  });

  it('tcp.mtu_blackhole, not tls.client_hello_size: full-size packets are lost', () => {
    const run = broken('generic_timeout_error', { helloBytes: 1700 });
    hello(run, 'other_name_same_address', false, 'generic_timeout_error');
    const writes = control(run, 'full_size_write', 'link');
    writes.fullSizeWrite(writes.connectOk(ADDRESS.link), false, SILENT);
    const told = tell(run);
    expect(blamed(told)).toEqual(['tcp.mtu_blackhole']);
    expect(told.ids).not.toContain('tls.client_hello_size');
  });

  it('tls.client_hello_size: works today, a large hello does not: a note', () => {
    const run = walkLegs(world());
    const large = control(run, 'large_client_hello', 'env');
    large.tlsFails(large.connectOk(ADDRESS.env), 'generic_timeout_error', {
      ...SILENT,
      helloVariant: 'large',
      helloBytes: 1900,
    });
    const told = tell(run);
    expect(told.ids).toEqual(['tls.client_hello_size']);
    expect(told.finding('tls.client_hello_size').severity).toBe('notes');
  });

  it('tls.not_tls: plain text came back', () => {
    const told = tell(
      broken('ssl_not_tls', { gotServerBytes: true, rawFirstBytes: 'HTTP/1.1 400 Bad Request\r\n\r\n' }),
    );
    expect(blamed(told)).toEqual(['tls.not_tls']);
    expect(told.finding('tls.not_tls').why).toContain('400 Bad Request');
  });

  it('http.captive_portal, not tls.not_tls: the plain text is a redirect to a login', () => {
    const told = tell(
      broken('ssl_not_tls', {
        gotServerBytes: true,
        rawFirstBytes: 'HTTP/1.1 302 Found\r\nLocation: http://login.hotel.example/\r\n\r\n',
      }),
    );
    expect(blamed(told)).toEqual(['http.captive_portal']);
    expect(told.finding('http.captive_portal').hides).toContain('tls.not_tls');
  });

  it('tls.version_unsupported: no common version', () => {
    const told = tell(broken('ssl_version_unsupported', { gotServerBytes: true, alert: 70 }));
    expect(blamed(told)).toEqual(['tls.version_unsupported']);
  });

  it('tls.handshake_failed, not tls.version_unsupported: another alert', () => {
    const told = tell(broken('ssl_alert', { gotServerBytes: true, alert: 112 }));
    expect(blamed(told)).toEqual(['tls.handshake_failed']);
    expect(told.finding('tls.handshake_failed').why).toContain('unrecognized name');
  });
});

const PRIVATE_CA = certificate({ issuer: 'CN=Corp Root, O=Corp', subject: 'CN=app.netdata.cloud' });
const FORTI = certificate({ issuer: 'CN=FG100E, O=Fortinet, C=US' });

describe('certificates', () => {
  it('tls.untrusted_issuer: a cloud of one’s own, whose issuer nobody here knows', () => {
    const run = privateCloud();
    walkPrivate(run, { judgements: judgedBy(), chain: [PRIVATE_CA, PRIVATE_CA] });
    const told = tell(run);
    expect(blamed(told)).toEqual(['tls.untrusted_issuer']);
    expect(told.finding('tls.untrusted_issuer').blames).toBe('host');
    expect(told.ids).not.toContain('tls.intercepted');
  });

  it('tls.intercepted: a private issuer for a public name at a published address, whoever it is', () => {
    const run = chained({ judgements: judgedBy(), chain: [PRIVATE_CA, PRIVATE_CA] });
    const facts = { knownSince: '2021-11-01', knownSource: 'docs', class: 'known' } as const;
    run.addresses = LEGS.map((leg) => ({ host: HOST[leg], address: ADDRESS[leg], ...facts }));
    for (const leg of LEGS) {
      const other = control(run, 'other_name_same_address', leg);
      const at = { sni: 'www.example.com', expectedName: 'www.example.com', judgements: judgedBy() };
      other.tlsOk(other.connectOk(ADDRESS[leg]), { ...at, chain: [PRIVATE_CA, PRIVATE_CA], nameMatches: false });
    }
    const told = tell(run);
    expect(blamed(told)).toEqual(['tls.intercepted']);
    expect(told.ids).not.toContain('tls.untrusted_issuer');
    const finding = told.finding('tls.intercepted');
    expect(finding).toMatchObject({ confidence: 'likely', blames: 'proxy' });
    expect(finding.why).toContain('published');
  });

  it('tls.intercepted names both parties where the address may be the wrong one', () => {
    const finding = tell(chained({ judgements: judgedBy(), chain: [PRIVATE_CA, PRIVATE_CA] })).finding(
      'tls.intercepted',
    );
    expect(finding.confidence).toBe('possible');
    expect(finding.why).toContain('DNS');
    expect(finding.remedies[0]).toMatchObject({
      who: 'host',
      command: expect.stringMatching(/^dig \w+\.netdata\.cloud A$/u),
    });
  });

  it('a root that the public’s authorities newly made is nobody’s inspection', () => {
    const fresh = certificate({ issuer: "CN=E99, O=Let's Encrypt, C=US" });
    expect(tell(chained({ judgements: judgedBy(), chain: [fresh, fresh] })).ids).not.toContain('tls.intercepted');
  });

  it('tls.intercepted: the issuer is a known inspection product', () => {
    const told = tell(chained({ judgements: judgedBy(), chain: [FORTI] }));
    expect(blamed(told)).toEqual(['tls.intercepted']);
    expect(told.finding('tls.intercepted')).toMatchObject({
      confidence: 'certain',
      data: { vendorId: 'fortinet' },
    });
    expect(told.finding('tls.intercepted').title).toContain('Fortinet');
  });

  it('tls.intercepted: an unknown issuer that certifies any name on demand', () => {
    const run = chained({ judgements: judgedBy(), chain: [PRIVATE_CA] });
    const other = control(run, 'other_name_same_address', 'env');
    other.tlsOk(other.connectOk(ADDRESS.env), {
      sni: 'www.example.com',
      expectedName: 'www.example.com',
      nameMatches: true,
      judgements: judgedBy(),
      chain: [PRIVATE_CA],
    });
    const told = tell(run);
    expect(told.ids[0]).toBe('tls.intercepted');
    expect(told.finding('tls.intercepted').confidence).toBe('certain');
  });

  it('a public CA with a vendor-like name is never tls.intercepted', () => {
    expect(tell(chained({ ...GENUINE, chain: [FORTI] })).ids).toEqual([]);
  });

  it('tls.intercepted: a root that only this host knows; says which legs accept it and hides agent.trust_split', () => {
    const told = tell(chained({ judgements: judgedBy('claim'), chain: [PRIVATE_CA] }));
    expect(blamed(told)).toEqual(['tls.intercepted']);
    const finding = told.finding('tls.intercepted');
    expect(finding.data).toMatchObject({ acceptedBy: ['claim'] });
    expect(finding.data['refusedBy']).toEqual(expect.arrayContaining(['env', 'auth', 'link']));
    expect(finding.hides).toContain('agent.trust_split');
    expect(told.verdict.claim.outcome).toBe('will_work');
    expect(told.verdict.link.cause).toBe('tls.intercepted');
  });

  it('a private root that every leg accepts is no sign of inspection by itself', () => {
    const told = tell(chained({ judgements: judgedBy('claim', 'link', 'system'), chain: [PRIVATE_CA] }));
    expect(blamed(told)).toEqual([]);
    expect(told.ids).not.toContain('tls.intercepted');
    expect(told.exitCode).toBe(0);
  });

  it('agent.trust_split: a private cloud whose CA one leg does not know', () => {
    const run = privateCloud();
    walkPrivate(run, { judgements: judgedBy('claim'), chain: [PRIVATE_CA] });
    const told = tell(run);
    expect(blamed(told)).toEqual(['agent.trust_split']);
    expect(told.finding('agent.trust_split').hides).toContain('tls.untrusted_issuer');
    expect(told.ids).not.toContain('tls.intercepted');
  });

  it('a private cloud whose CA both legs know is healthy, without agent.trust_split', () => {
    const run = privateCloud();
    walkPrivate(run, { judgements: judgedBy('claim', 'link'), chain: [PRIVATE_CA] });
    expect(tell(run).ids).toEqual([]);
  });

  it('tls.self_signed', () => {
    const self = certificate({ subject: 'CN=box', issuer: 'CN=box' });
    const told = tell(chained({ judgements: judgedWith('DEPTH_ZERO_SELF_SIGNED_CERT'), chain: [self] }, ['link']));
    expect(blamed(told)).toEqual(['tls.self_signed']);
  });

  it('tls.name_mismatch: another name, the issuer is public', () => {
    const told = tell(chained({ ...GENUINE, nameMatches: false }, ['claim']));
    expect(blamed(told)).toEqual(['tls.name_mismatch']);
    expect(told.ids).not.toContain('tls.untrusted_issuer');
  });

  it('tls.name_mismatch is a note for an Agent that does not check names', () => {
    const told = tell(chained({ ...GENUINE, nameMatches: false }, ['link']));
    expect(told.finding('tls.name_mismatch').severity).toBe('notes');
    expect(told.exitCode).toBe(0);
  });

  it('tls.incomplete_chain: a public issuer whose intermediate is missing', () => {
    const leaf = certificate({ issuer: "CN=E8, O=Let's Encrypt, C=US" });
    const told = tell(
      chained(
        {
          judgements: judgedWith('UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
          chain: [leaf],
        },
        ['link'],
      ),
    );
    expect(blamed(told)).toEqual(['tls.incomplete_chain']);
    expect(told.ids).not.toContain('tls.untrusted_issuer');
  });

  it('tls.incomplete_chain: a lone issuer that nobody knows is only possibly an intermediate', () => {
    const told = tell(
      chained(
        {
          judgements: judgedWith('UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
          chain: [PRIVATE_CA],
        },
        ['link'],
      ),
    );
    expect(blamed(told)).toEqual(['tls.incomplete_chain']);
    expect(told.finding('tls.incomplete_chain').confidence).toBe('possible');
  });

  it('host.no_ca_store: the chain is fine, the store is empty', () => {
    const run = world();
    const seen = run.seen.add({
      ...hostFact('read_trust_store', run),
      storeId: 'link',
      paths: ['/etc/ssl/certs'],
      certificates: 0,
    });
    run.agent = {
      ...run.agent,
      trustStores: [
        {
          id: 'link',
          title: 'OpenSSL default paths',
          paths: ['/etc/ssl/certs'],
          certificates: 0,
          problem: 'missing',
          observation: seen.id,
        },
        { id: 'mozilla', title: 'Mozilla', paths: [], certificates: 140, problem: null, observation: null },
      ],
    };
    const told = tell(chained({ judgements: judgedBy('claim', 'system', 'mozilla') }, ['env', 'auth', 'link'], run));
    expect(blamed(told)).toEqual(['host.no_ca_store']);
    expect(told.finding('host.no_ca_store')).toMatchObject({ blames: 'host', confidence: 'certain' });
  });

  const full = { paths: ['/usr/lib/ssl/cert.pem'], certificates: 120, problem: null, observation: null };
  const stores = (...ids: string[]) => ids.map((id) => ({ ...full, id, title: id }));
  /** What Mozilla accepts and these stores do not. */
  const behind = (trusting: string[], installation: object = {}, ids = ['link', 'claim', 'system']): Told => {
    const run = world();
    run.agent = {
      ...run.agent,
      trustStores: stores(...ids),
      installation: { ...run.agent.installation, ...installation },
    };
    return tell(chained({ judgements: judgedBy('mozilla', ...trusting) }, LEGS, run));
  };

  it('host.ca_store_outdated: the public accepts the chain, this host does not; nobody else is blamed', () => {
    const told = behind([], { distribution: 'debian' });
    expect(told.ids).toEqual(['host.ca_store_outdated']);
    const finding = told.finding('host.ca_store_outdated');
    expect(finding).toMatchObject({ blames: 'host', confidence: 'certain' });
    expect(finding.remedies[0]?.command).toContain('apt-get');
    expect(told.verdict.claim.cause).toBe('host.ca_store_outdated');
    expect(told.verdict.link.cause).toBe('host.ca_store_outdated');
  });

  it('host.ca_store_outdated: an expired root in the store', () => {
    const run = world();
    run.agent = { ...run.agent, trustStores: stores('link', 'claim') };
    const judgements = STORES.map((storeId) =>
      storeId === 'mozilla'
        ? { storeId, trusted: true, errors: [], depth: null }
        : { storeId, trusted: false, errors: ['CERT_HAS_EXPIRED' as const], depth: 3 },
    );
    const told = tell(chained({ judgements }, LEGS, run));
    expect(told.ids).toEqual(['host.ca_store_outdated']);
    expect(told.finding('host.ca_store_outdated').why).toContain('expired');
  });

  it.each([
    ['rhel', 'update-ca-trust'],
    ['suse', 'zypper'],
    ['alpine', 'apk add'],
    ['arch', 'pacman'],
    ['openwrt', 'opkg'],
  ])('host.ca_store_outdated gives the command of %s', (distribution, command) => {
    const [first] = behind([], { distribution }).finding('host.ca_store_outdated').remedies;
    expect(first?.command).toContain(command);
    expect(first?.command).not.toContain('apt-get');
  });

  it('host.ca_store_outdated in a container, and of a static build with a store of its own', () => {
    const container = behind([], { kind: 'container', distribution: 'debian' }).finding('host.ca_store_outdated');
    expect(container.remedies.map(({ command }) => command).join('\n')).toMatch(/docker pull[^]*docker exec/u);
    expect(container.remedies.map(({ command }) => command).join('\n')).not.toContain('systemctl');
    const own = behind(['system', 'claim'], { kind: 'static', distribution: 'rhel' }).finding('host.ca_store_outdated');
    expect(own.remedies[0]?.command).toContain('netdata-updater.sh');
    expect(own.subject.legs).not.toContain('claim');
  });

  it('agent.trust_split, not host.ca_store_outdated: the system’s store is fine, trusted.pem is not', () => {
    const told = behind(['link', 'system'], {}, ['link', 'claim', 'system', 'trusted_pem']);
    expect(blamed(told)[0]).toBe('agent.trust_split');
    expect(told.ids).not.toContain('host.ca_store_outdated');
  });

  it('a store that was read in part is not called old', () => {
    const run = world();
    const seen = run.seen.add({
      ...hostFact('read_trust_store', run),
      storeId: 'link',
      paths: ['/etc/ssl/certs'],
      certificates: 120,
      failure: { kind: 'file_unreadable', operation: 'read_trust_store', rawCode: 'EFBIG', detail: '' },
    });
    run.agent = { ...run.agent, trustStores: [{ ...full, id: 'link', title: 'link', observation: seen.id }] };
    const told = tell(chained({ judgements: judgedBy('mozilla', 'claim', 'system') }, ['env', 'auth', 'link'], run));
    expect(told.ids).not.toContain('host.ca_store_outdated');
  });

  it('tls.intercepted, not host.no_ca_store: the store has certificates', () => {
    const run = world();
    run.agent = {
      ...run.agent,
      trustStores: [
        { id: 'link', title: 'OpenSSL default paths', paths: [], certificates: 140, problem: null, observation: null },
      ],
    };
    expect(blamed(tell(chained({ judgements: judgedBy(), chain: [PRIVATE_CA, PRIVATE_CA] }, ['link'], run)))).toEqual([
      'tls.intercepted',
    ]);
  });
});

describe('time', () => {
  const dated = (date: string) => ({
    ...ENV_ANSWER,
    head: ENV_ANSWER.head.replace('\r\n\r\n', `\r\nDate: ${date}\r\n\r\n`),
  });
  const cert = certificate({ notBefore: '2026-03-01T00:00:00.000Z', notAfter: '2026-09-01T00:00:00.000Z' });

  /** This host believes in 1 January 2026; the peer says otherwise. */
  function atTime(error: 'CERT_HAS_EXPIRED' | 'CERT_NOT_YET_VALID', theirs: string, chain = [cert]): Told {
    const run = walkLegs(world(), {
      claim: {
        tls: { judgements: judgedWith(error), chain },
        answer: (steps, way) => void steps.httpAnswer(way, dated(theirs)),
      },
      env: {
        tls: { judgements: judgedWith(error), chain },
        answer: (steps, way) => void steps.httpAnswer(way, dated(theirs)),
      },
    });
    return tell(run);
  }

  it('host.clock_skew: the certificate is valid at the time that the genuine peer tells', () => {
    const told = atTime('CERT_NOT_YET_VALID', 'Mon, 01 Jun 2026 00:00:00 GMT');
    expect(blamed(told)).toEqual(['host.clock_skew']);
    const finding = told.finding('host.clock_skew');
    expect(finding).toMatchObject({ confidence: 'certain', blames: 'host' });
    expect(finding.title).toContain('151 days slow');
    expect(finding.hides).toContain('tls.not_yet_valid');
  });

  it('tls.not_yet_valid, not host.clock_skew: the peer has our time', () => {
    const told = atTime('CERT_NOT_YET_VALID', 'Thu, 01 Jan 2026 00:00:10 GMT');
    expect(blamed(told)).toEqual(['tls.not_yet_valid']);
    expect(told.finding('tls.not_yet_valid').confidence).toBe('certain');
  });

  it('tls.expired: expired by the peer’s own clock, too', () => {
    const old = certificate({ notBefore: '2025-01-01T00:00:00.000Z', notAfter: '2025-12-01T00:00:00.000Z' });
    const told = atTime('CERT_HAS_EXPIRED', 'Thu, 01 Jan 2026 00:00:00 GMT', [old]);
    expect(blamed(told)).toEqual(['tls.expired']);
    expect(told.ids).not.toContain('host.clock_skew');
  });

  it('host.clock_skew: five minutes off and everything works is a note', () => {
    const run = walkLegs(world(), {
      env: { answer: (steps, way) => void steps.httpAnswer(way, dated('Thu, 01 Jan 2026 00:05:00 GMT')) },
    });
    const told = tell(run);
    expect(told.ids).toEqual(['host.clock_skew']);
    expect(told.finding('host.clock_skew').severity).toBe('notes');
  });

  it('a cached answer says nothing about clocks', () => {
    const head = dated('Thu, 01 Jan 2026 00:05:00 GMT').head.replace('\r\n\r\n', '\r\nAge: 600\r\n\r\n');
    const run = walkLegs(world(), {
      env: { answer: (steps, way) => void steps.httpAnswer(way, { ...ENV_ANSWER, head }) },
    });
    expect(tell(run).ids).toEqual([]);
  });

  it('the Date of an interceptor is not the clock', () => {
    const run = walkLegs(world(), {
      env: {
        tls: { judgements: judgedBy(), chain: [FORTI] },
        answer: (steps, way) => void steps.httpAnswer(way, dated('Mon, 01 Jun 2026 00:00:00 GMT')),
      },
    });
    expect(tell(run).ids).not.toContain('host.clock_skew');
  });
});

describe('insecure', () => {
  it('a claim that accepts everything is not blocked by an unknown issuer', () => {
    const run = world();
    run.agent = { ...run.agent, legs: { ...run.agent.legs, claim: { ...run.agent.legs.claim, insecure: true } } };
    const told = tell(chained({ judgements: judgedBy(), chain: [PRIVATE_CA, PRIVATE_CA] }, ['claim'], run));
    expect(told.verdict.claim.outcome).toBe('will_work');
    expect(blamed(told)).toEqual([]);
  });
});

function privateCloud(): World {
  const base = world();
  const legs = Object.fromEntries(
    LEGS.map((leg) => [leg, { ...base.agent.legs[leg], host: 'cloud.corp.example' }]),
  ) as World['agent']['legs'];
  return {
    ...base,
    agent: { ...base.agent, legs },
    targets: base.targets.map((target) => ({
      ...target,
      id: `${target.leg ?? ''}:cloud.corp.example:443`,
      host: 'cloud.corp.example',
    })),
  };
}

function walkPrivate(run: World, tls: Tls): void {
  const document = ENV_ANSWER.body
    .replaceAll('api.netdata.cloud', 'cloud.corp.example')
    .replaceAll('mqtt.netdata.cloud', 'cloud.corp.example');
  const env = {
    head: ENV_ANSWER.head.replace(/Content-Length: \d+/u, `Content-Length: ${String(document.length)}`),
    body: document,
  };
  for (const leg of LEGS) {
    const steps = run.seen.on({ leg, host: 'cloud.corp.example' });
    steps.resolveOk(['192.0.2.10'], { leg: null, routeId: null, targetId: null });
    const way = steps.connectOk('192.0.2.10');
    steps.tlsOk(way, tls);
    if (leg === 'link') {
      steps.upgradeOk(way);
      steps.connack(way, 135);
    } else steps.httpAnswer(way, env);
  }
}

it('an unrelated host behind the same inspection raises no suspicion of its own', () => {
  const run = chained({ judgements: judgedBy(), chain: [FORTI] });
  const other = neutral(run);
  other.tlsOk(other.connectOk('192.0.2.200'), { judgements: judgedBy(), chain: [FORTI], nameMatches: true });
  expect(blamed(tell(run))).toEqual(['tls.intercepted']);
});
