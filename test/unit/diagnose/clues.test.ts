/** What people have in hand, and what it is read as. */
import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STATUS_WORDS } from '../../../src/agent/words/status-words.js';
import {
  BY_LOG,
  BY_REASON,
  BY_STATE,
  CLAIM_EXITS,
  CURL,
  FOREIGN,
  ofHttp,
} from '../../../src/diagnose/clues/findings.js';
import { likely, readClues } from '../../../src/diagnose/clues/read.js';
import { RULES } from '../../../src/diagnose/registry.js';
import { cpuMs } from '../../helpers/cpu.js';

const IDS: ReadonlySet<string> = new Set(RULES.map(({ id }) => id));
const read = (text: string): readonly string[] => readClues(text, IDS).map(({ kind, word }) => `${kind} ${word}`);
const first = (text: string): string | undefined => likely(readClues(text, IDS))[0];

describe('words in hand', () => {
  it.each([
    ['proxy negotiation failed', 'reason proxy_refused', 'proxy.denied'],
    ['"timeout"', 'reason timeout', 'tcp.dropped'],
    ['Netdata Cloud, ACLK connection status: cannot resolve hostname', 'reason unresolvable', 'dns.nxdomain'],
    [
      'time=2026-01-02T03:04:05.000+00:00 comm=netdata level=error msg="CLAIM: Failed: agent is already claimed"',
      'reason claim_already_claimed',
      'agent.claim_refused',
    ],
    ['Failed to connect to https://app.netdata.cloud, return code 60', 'curl_code 60', 'tls.intercepted'],
    ['return code 60', 'curl_code 60', 'tls.intercepted'],
    [
      'error : SOCKS5 proxy is not supported by ACLK-NG yet.',
      'foreign The link of this version cannot use a SOCKS proxy, and has ended until the Agent is started again.',
      'agent.proxy_scheme_unsupported',
    ],
    [
      'gethostbyname() error',
      'foreign The last step of the link found no IPv4 address, the only kind that versions before 1.47.0 look for.',
      'dns.ipv6_only_answer',
    ],
    ['wget exit code 5', 'foreign wget 5', 'tls.intercepted'],
    ['wget failed with exit status 4', 'foreign wget 4', 'proxy.needed'],
    ['curl: (28) Connection timed out after 5001 milliseconds', 'curl_code 28', 'tcp.dropped'],
    ['curl 6', 'curl_code 6', 'dns.nxdomain'],
    ['407', 'http_status 407', 'proxy.auth_required'],
    ['HTTP/1.1 403 Forbidden', 'http_status 403', 'proxy.denied'],
    ['HTTP 429', 'http_status 429', 'cloud.rate_limited'],
    ["proxy didn't return 200 OK (got 502)", 'http_status 502', 'proxy.upstream_failed'],
    ['302 Found', 'http_status 302', 'http.captive_portal'],
    ['"token expired/token not found/invalid token"', 'claim_exit 12', 'agent.claim_refused'],
    ['ACLK: Cannot resolve host app.netdata.cloud', 'log_line name_not_resolved', 'dns.nxdomain'],
    ["Cannot resolve host '@proxy.example'", null, 'agent.proxy_host_misread'],
    ['http_proxy timeout waiting reply from proxy server', null, 'proxy.no_answer'],
    ['http_proxy unexpected trailing bytes after end of HTTP hdr', null, 'proxy.agent_cannot_parse'],
    ['Value of key "via" too long', null, 'proxy.agent_cannot_parse'],
    ['Unexpected empty payload', null, 'http.agent_cannot_parse'],
    ['SSL_ERROR_ZERO_RETURN', null, 'http.closed_with_answer'],
    ["Cloud /env endpoint didn't return any transport usable by this Agent.", null, 'agent.too_old'],
    ['MQTT CONNACK returned error 135', null, 'mqtt.refused'],
    ['timed out waiting for CONNACK', null, 'mqtt.no_connack'],
    ['no I/O progress on a ready socket', null, 'mqtt.idle_cut'],
    ['ping timeout', null, 'mqtt.idle_cut'],
    ['claimed_id "x" doesn\'t look like valid UUID', null, 'agent.config_syntax'],
    ['This agent was built with --disable-cloud and cannot be claimed', null, 'agent.too_old'],
    ['Agent cannot be claimed: Cloud explicitly disabled', null, 'agent.link_disabled'],
    ["wget doesn't support SOCKS. Please install curl or disable SOCKS proxy.", null, 'agent.proxy_scheme_unsupported'],
    ['Connection attempt 1 failed. Retry in 1s.', null, 'tcp.dropped'],
    ['curl: (56) Received HTTP code 407 from proxy after CONNECT', 'http_status 407', 'proxy.auth_required'],
    ['curl: (56) CONNECT tunnel failed, response 502', 'http_status 502', 'proxy.upstream_failed'],
    ['curl: (60) SSL certificate problem: certificate has expired', null, 'tls.expired'],
    ['Failed to claim node with the following error message:"already claimed"', 'claim_exit 13', 'agent.claim_refused'],
    ['net::ERR_CERT_AUTHORITY_INVALID', null, 'tls.intercepted'],
    ['see tls.expired above', 'finding tls.expired', 'tls.expired'],
  ])('%s', (text, clue, id) => {
    if (clue === null) expect(read(text)).toHaveLength(1);
    else expect(read(text)).toEqual([clue]);
    expect(first(text)).toBe(id);
  });

  it('an exit code may be of the claim script and of curl; one that only curl has is of curl', () => {
    expect(read('exit code 7')).toEqual(['claim_exit 7', 'curl_code 7']);
    expect(read('FAILED with exit code 60.')).toEqual(['curl_code 60']);
    expect(read('exit code 200')).toEqual([]);
  });

  it.each(['', 'hello', 'listening on port 443', '12', 'exit code 99', '2026-01-02 03:04:05'])(
    'reads nothing into %j',
    (text) => {
      expect(read(text)).toEqual([]);
    },
  );

  it('says which releases use a text', () => {
    const versions = (text: string): string | null | undefined => readClues(text, IDS)[0]?.versions;
    expect(versions('proxy negotiation failed')).toBe('2.10.0 and newer');
    expect(versions('proxy did not return http/200')).toBe('2.2.1 to before 2.10.0');
    expect(versions('exit code 12')).toBe('up to 1.47.5');
  });
});

describe('pasted texts', () => {
  it('reads aclk-state in both forms, and the info document with its reason', () => {
    const text = 'ACLK Available: Yes\nACLK Version: 2\nClaimed: Yes\nClaimed Id: x\nOnline: No\nBanned By Cloud: No\n';
    expect(read(text)).toEqual(['state offline']);
    expect(read(text.replace('Claimed: Yes', 'Claimed: No'))).toEqual(['state available']);
    expect(read('ACLK Available: No\n')).toEqual(['state unavailable']);
    expect(read('$ netdatacli aclk-state json\n{"aclk-available":true,"agent-claimed":true,"online":true}\n')).toEqual([
      'state online',
    ]);
    const info = { agents: [{ cloud: { status: 'offline', reason: 'connection refused' } }] };
    expect(read(JSON.stringify(info))[0]).toBe('state offline');
    expect(read(JSON.stringify(info, null, 2))).toContain('reason refused');
    expect(likely(readClues(JSON.stringify(info), IDS))).toContain('tcp.reset');
  });

  it('tells each thing once, in the order in which it came last', () => {
    const log = [
      'cannot resolve hostname',
      'timeout',
      'timeout',
      'proxy negotiation failed',
      'cannot resolve hostname',
    ];
    expect(read(log.map((reason) => `ACLK connection status: ${reason}`).join('\n'))).toEqual([
      'reason timeout',
      'reason proxy_refused',
      'reason unresolvable',
    ]);
  });

  it('reads the end of a long text, in little time', async () => {
    const long = `return code 6\n${`${'x'.repeat(200)}\n`.repeat(20_000)}return code 60\n`;
    expect(await cpuMs(() => expect(read(long)).toEqual(['curl_code 60']))).toBeLessThan(3000);
  });

  it('takes any text', () => {
    assert(
      property(string({ unit: 'binary', maxLength: 200 }), (text) => {
        const clues = readClues(text, IDS);
        expect(clues.length).toBeLessThanOrEqual(22);
        for (const clue of clues) expect(clue.text.length).toBeLessThanOrEqual(300);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the table', () => {
  it('knows every text of every release, as the reason that the table of words has for it', () => {
    for (const { kind, texts } of STATUS_WORDS)
      for (const { text } of texts) expect(read(text), text).toEqual([`reason ${kind}`]);
  });

  it('names pages that exist, none twice in a row', () => {
    const rows = [
      ...Object.values(BY_REASON),
      ...Object.values(BY_LOG),
      ...Object.values(BY_STATE).map(({ ids }) => ids),
      ...Object.values(CLAIM_EXITS).map(({ ids }) => ids),
      ...FOREIGN.map(([, , ids]) => ids),
      ...[...Array(600).keys()].map((status) => ofHttp(status)?.ids ?? []),
    ];
    for (const ids of rows) {
      for (const id of ids) expect(IDS.has(id), id).toBe(true);
      expect(new Set(ids).size, ids.join()).toBe(ids.length);
    }
    expect(Object.keys(CURL).length).toBeGreaterThan(15);
  });

  it('has each exit code of the claim script by its number and by its text', () => {
    for (const [code, { text }] of Object.entries(CLAIM_EXITS)) {
      expect(read(`exit code ${code}`)).toContain(`claim_exit ${code}`);
      expect(read(text)).toContain(`claim_exit ${code}`);
    }
  });
});
