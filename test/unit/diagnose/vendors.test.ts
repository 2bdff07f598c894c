import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockAddressOwner, matchIssuer, matchPage, VENDORS } from '../../../src/catalog/vendors.js';
import { cpuMs } from '../../helpers/cpu.js';

const page = (give: { headers?: [string, string][]; title?: string; body?: string }) => ({
  headers: give.headers ?? [],
  title: give.title ?? null,
  body: give.body ?? '',
});

describe('the vendors of inspection and filters', () => {
  it('are at least thirty, each with a source and at least one mark', () => {
    expect(VENDORS.length).toBeGreaterThanOrEqual(30);
    for (const { source, issuers, page: marks, blockAddresses } of VENDORS) {
      expect(source.length).toBeGreaterThan(10);
      const count = issuers.length + marks.headers.length + marks.titles.length + marks.marks.length;
      expect(count + blockAddresses.length).toBeGreaterThan(0);
    }
    expect(new Set(VENDORS.map(({ id }) => id)).size).toBe(VENDORS.length);
  });

  it.each([
    ['CN=FG100ETK18000000, O=Fortinet, OU=Certificate Authority, L=Sunnyvale, ST=California, C=US', 'fortinet'],
    ['CN=FortiGate CA', 'fortinet'],
    ['CN=Zscaler Intermediate Root CA (zscalerthree.net) (t), OU=Zscaler Inc., O=Zscaler Inc.', 'zscaler'],
    ['CN=ca.example.eu.goskope.com, O=Example', 'netskope'],
    ['CN=Cisco Umbrella Secondary SubCA ams-SG, O=Cisco', 'cisco_umbrella'],
    ['CN=Sophos_CA_C01001ABCDEF, O=Sophos', 'sophos'],
    ['CN=SecurityAppliance_SSL_CA', 'sophos'],
    ['CN=SonicWALL Firewall DPI-SSL, O=SonicWALL Inc., S=CA, C=US', 'sonicwall'],
    ['CN=Fireware HTTPS Proxy (SN 80D0000000000), O=WatchGuard', 'watchguard'],
    ['CN=Gateway CA - Cloudflare Managed G1 0123456789abcdef', 'cloudflare_gateway'],
    ['CN=McAfee Web Gateway', 'skyhigh'],
    ['CN=Kaspersky Anti-Virus Personal Root Certificate, O=AO Kaspersky Lab', 'kaspersky'],
    ['CN=mitmproxy, O=mitmproxy', 'mitmproxy'],
    ['CN=DO_NOT_TRUST_FiddlerRoot, O=DO_NOT_TRUST', 'fiddler'],
    ['CN=Palo Alto Networks Inc SSL-Proxy CA', 'palo_alto'],
    ['O=Squid, CN=squid-ca', 'squid'],
  ])('recognises the issuer %s', (issuer, id) => {
    expect(matchIssuer([issuer])?.id).toBe(id);
  });

  /** How each product signs, as its documentation or a capture shows it. */
  const SIGNS: Readonly<Record<string, string>> = {
    fortinet: 'CN=Fortinet_CA_SSL, O=Fortinet, C=US',
    palo_alto: 'CN=Palo Alto Networks Inc SSL-Proxy CA',
    cisco_umbrella: 'CN=Cisco Umbrella Root CA, O=Cisco',
    cisco_wsa: 'CN=wsa.example, O=Cisco Systems',
    meraki: 'CN=wired.meraki.com, O=Meraki',
    check_point: 'CN=fw.example, O=Check Point Software Technologies',
    sophos: 'CN=SecurityAppliance_SSL_CA, O=NA',
    sonicwall: 'CN=SonicWALL Firewall DPI-SSL',
    watchguard: 'CN=Fireware HTTPS Proxy (SN 80D0000000000)',
    barracuda: 'CN=Barracuda Networks Web Security, O=Barracuda Networks',
    juniper: 'CN=ssl-inspect-ca, O=Juniper Networks',
    huawei: 'CN=USG, O=Huawei',
    aruba: 'CN=securelogin.example, O=Aruba Networks',
    ubiquiti: 'CN=UniFi, OU=UniFi, O=Ubiquiti Inc.',
    untangle: 'CN=www.untangle.com, O=Untangle, OU=Security',
    kerio: 'CN=Kerio Control Local Authority',
    smoothwall: 'CN=Smoothwall-default-root-CA',
    stormshield: 'CN=SSL proxy default authority, O=Stormshield',
    stonesoft: 'CN=Stonesoft client protection CA',
    squid: 'CN=squid proxy, O=Example',
    symantec_proxysg: 'CN=Cloud Services CA, O=Blue Coat Systems, Inc.',
    forcepoint: 'CN=Forcepoint Cloud CA, O=Forcepoint LLC',
    skyhigh: 'CN=McAfee Web Gateway, O=McAfee',
    zscaler: 'CN=Zscaler Intermediate Root CA (zscaler.net), O=Zscaler Inc.',
    netskope: 'CN=caadmin.netskope.com, O=netSkope Inc',
    cloudflare_gateway: 'CN=Gateway CA - Cloudflare Managed G1 0123',
    cato: 'CN=Cato Networks CA, O=Cato Networks',
    iboss: 'CN=iboss Inspection, O=iboss',
    menlo: 'CN=Menlo Security Intermediate CA, O=Menlo Security Inc.',
    trend_micro: 'CN=Trend Micro InterScan Web Security, O=Trend Micro Inc.',
    netsweeper: 'CN=Netsweeper Inc. CA',
    lightspeed: 'CN=Lightspeed Rocket, O=Lightspeed Systems',
    securly: 'CN=*.securly.com, O=Securly',
    safedns: 'CN=SafeDNS Root CA',
    kaspersky: 'CN=Kaspersky Anti-Virus Personal Root Certificate',
    eset: 'CN=ESET SSL Filter CA, O="ESET, spol. s r. o."',
    avast: 'CN=Avast Web/Mail Shield Root, O=Avast Web/Mail Shield',
    bitdefender: 'CN=Bitdefender Personal CA.Net-Defender, O=Bitdefender',
    dr_web: 'CN=Doctor Web Ltd SSL Interceptor',
    adguard: 'CN=Adguard Personal CA, O=AO',
    mitmproxy: 'CN=mitmproxy, O=mitmproxy',
    fiddler: 'CN=DO_NOT_TRUST_FiddlerRoot',
    charles: 'CN=Charles Proxy CA (1 Jan 2026, host)',
    burp: 'CN=PortSwigger CA, O=PortSwigger',
    zap: 'CN=OWASP Zed Attack Proxy Root CA',
  };

  it('are each recognised by what they sign with, if they sign at all', () => {
    const signing = VENDORS.filter(({ issuers }) => issuers.length > 0).map(({ id }) => id);
    expect(Object.keys(SIGNS).sort()).toEqual([...signing].sort());
    expect(
      Object.fromEntries(Object.entries(SIGNS).map(([id, issuer]) => [id, matchIssuer([issuer])?.id ?? null])),
    ).toEqual(Object.fromEntries(Object.keys(SIGNS).map((id) => [id, id])));
  });

  it('are recognised in a name that is full of traps, and not by half of it', () => {
    for (const issuer of Object.values(SIGNS)) {
      const loud = `CN=<script>alert(1)</script>\u001b[31m, OU=${'x'.repeat(200)}, ${issuer}`;
      expect(matchIssuer([loud])?.id, issuer).toBe(matchIssuer([issuer])?.id);
    }
    // Whatever lies behind a name too long to be one is not looked at.
    expect(matchIssuer([`CN=${'x'.repeat(600)}, O=Fortinet`])).toBeNull();
  });

  it.each([
    'CN=Checkpoint Charlie Museum CA, O=Checkpoint Charlie Museum',
    'CN=Untangle Hair Studio, O=Untangle Hair Studio',
    'CN=Blue Coat Music School Root, O=Blue Coat Music School',
    'CN=Fortinbras Theatre CA, O=Fortinbras',
    'CN=Juniper Berries Internal CA, O=Juniper Berries',
    'CN=Aruban Tourism CA, O=Arubans',
    'CN=Netskopes Optical, O=Opticians',
    'CN=Sonic Walls Construction, O=Sonic Walls',
    'CN=Avasta Root, O=Avasta',
    'CN=Bitdefenders Club',
    'CN=Zap Energy Root CA, O=Zap Energy',
    'CN=Charles Proxyman, O=Law Office',
    "CN=E8, O=Let's Encrypt, C=US",
    'CN=DigiCert Global G2 TLS RSA SHA256 2020 CA1, O=DigiCert Inc, C=US',
    'CN=Amazon RSA 2048 M02, O=Amazon, C=US',
    'CN=WR2, O=Google Trust Services, C=US',
    'CN=Cloudflare Inc ECC CA-3, O="Cloudflare, Inc.", C=US',
    'CN=Sectigo RSA Domain Validation Secure Server CA, O=Sectigo Limited',
    'CN=Symantec Class 3 Secure Server CA - G4, O=Symantec Corporation',
    'CN=Example Corp Internal Root, O=Example Corp',
    'CN=Ciscotron Root, O=Ciscotron',
    'CN=Squidward Holdings CA, O=Squidward Holdings',
    'CN=Charles Smith, O=Charles Smith Ltd',
    'CN=Barracuda Beach Hotel, O=Barracudas',
    'CN=unifiedcommunications CA, O=Unified',
    'CN=The Zscalers, O=Fansite',
  ])('does not take %s for one', (issuer) => {
    expect(matchIssuer([issuer])).toBeNull();
  });

  it.each([
    [page({ title: 'FortiGuard Intrusion Prevention - Access Blocked' }), 'fortinet'],
    [page({ body: '<p>Internet Security by Zscaler</p>' }), 'zscaler'],
    [page({ headers: [['X-Squid-Error', 'ERR_ACCESS_DENIED 0']] }), 'squid'],
    [page({ headers: [['Via', '1.1 proxy.example (squid/5.7)']] }), 'squid'],
    [page({ headers: [['Location', 'http://gateway.zscalertwo.net/auD']] }), 'zscaler'],
    [page({ headers: [['Location', 'http://filter.example:15871/cgi-bin/blockpage.cgi?ws-session=1']] }), 'forcepoint'],
    [page({ title: 'Check Point UserCheck' }), 'check_point'],
    [page({ headers: [['Server', 'SonicWALL']] }), 'sonicwall'],
  ])('recognises a page (%#)', (seen, id) => {
    expect(matchPage(seen)?.id).toBe(id);
  });

  it.each([
    page({ title: 'Netdata Cloud', body: '<html><body>Sign in to Netdata</body></html>' }),
    page({
      headers: [
        ['Server', 'nginx'],
        ['Via', '1.1 varnish'],
      ],
    }),
    page({
      headers: [
        ['Server', 'cloudflare'],
        ['Via', '1.1 google'],
      ],
    }),
    page({ title: '404 Not Found', body: 'nginx' }),
    page({ headers: [['X-Note', 'squid']], body: 'calamari and squid' }),
    page({ headers: [['Location', 'https://example.org/?next=opendns.com/']] }),
  ])('does not take an ordinary page for one (%#)', (seen) => {
    expect(matchPage(seen)).toBeNull();
  });

  it('knows the addresses of block pages', () => {
    expect(blockAddressOwner('146.112.61.106')?.id).toBe('cisco_umbrella');
    expect(blockAddressOwner('54.198.178.11')).toBeNull();
  });

  it('answers quickly and without throwing for any text', async () => {
    assert(
      property(string({ maxLength: 400 }), string({ maxLength: 4000 }), (name, body) => {
        matchIssuer([name, `CN=${name}`]);
        matchPage({ headers: [[name, body]], title: name, body });
      }),
      { numRuns: 100 },
    );
    const long = 'CN='.padEnd(2_000_000, 'squid ');
    const took = await cpuMs(() => {
      matchIssuer([long]);
      matchPage({ headers: [['via', long]], title: long, body: long });
    });
    expect(took).toBeLessThan(500);
  });
});
