/** Every parser that foreign bytes reach, each as a function of those bytes, and seeds of what it is meant to read. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { parseAddress } from '../../../src/addresses/address.js';
import { tryParsePrefix } from '../../../src/addresses/prefix.js';
import { parseIni } from '../../../src/agent/ini.js';
import { readAclkState, readEffectiveProxy, readInfoDocument } from '../../../src/agent/parse/agent-status.js';
import { parseChunked } from '../../../src/agent/parse/chunked.js';
import { parseConnack } from '../../../src/agent/parse/connack.js';
import { parseConnectReply, parseConnectReplyLibcurl } from '../../../src/agent/parse/connect-reply.js';
import { parseEnvDocument } from '../../../src/agent/parse/env-document.js';
import { parseErrorDocument } from '../../../src/agent/parse/error-document.js';
import { parseFrames, readFrameText } from '../../../src/agent/parse/frames.js';
import { parseHttpsResponse } from '../../../src/agent/parse/https-response.js';
import { readServiceAnswer } from '../../../src/agent/parse/service-answer.js';
import { parseSocksExchange } from '../../../src/agent/parse/socks-reply.js';
import { parseWebSocketResponse } from '../../../src/agent/parse/websocket-response.js';
import { pemCertificates } from '../../../src/agent/pem.js';
import { decodeAsCurl, decodeAsLink } from '../../../src/agent/percent.js';
import { readProxyAsLink } from '../../../src/agent/proxy-url.js';
import { directives, parseEnvironmentFile, splitAssignments } from '../../../src/agent/systemd-syntax.js';
import { readUrlAsCurl, readUrlAsLink } from '../../../src/agent/url.js';
import { readBundle } from '../../../src/cli/capture/bundle.js';
import { connectError, curlConnectError, readTlsTrace, wasReset } from '../../../src/cli/capture/tls-trace.js';
import { idsIn } from '../../../src/cli/doctor/container.js';
import {
  parseHosts,
  parseNameServices,
  parseResolvConf,
  parseRoute4,
  parseRoute6,
} from '../../../src/cli/host/host-network.js';
import { parseNft } from '../../../src/firewall/live/nftables/json.js';
import { RulesetReader, type Source } from '../../../src/firewall/read/read-ruleset.js';
import { readDestination } from '../../../src/agent/streaming.js';
import { parseCapture } from '../../../src/cli/capture/format.js';
import { parseKnownAddresses } from '../../../src/cli/doctor/known-addresses.js';
import { parseLabels } from '../../../src/cli/doctor/labels.js';
import { parseLabelFile } from '../../../src/cli/report/merge/label-file.js';
import { MergeState } from '../../../src/cli/report/merge/state.js';
import { parseOpened, parseProcTcp } from '../../../src/firewall/live/flows.js';
import { chain, parseHistory } from '../../../src/firewall/live/refresh/history.js';
import { EMPTY_STATE, parseState } from '../../../src/firewall/live/refresh/state.js';
import { routesFrom } from '../../../src/firewall/read/routes.js';
import { parseListFile } from '../../../src/firewall/core/parse-list.js';
import { FactsPool } from '../../../src/report/fleet/fleet.js';
import { loadReport } from '../../../src/report/load.js';
import { certificateParts, subjectOf } from '../../../src/net/der.js';
import { encodeQuestion, readReply } from '../../../src/net/dns-message.js';
import { AnswerReader } from '../../../src/net/http-framing.js';
import { endOfHead, readHead } from '../../../src/net/http-head.js';
import { decodePacket } from '../../../src/net/mqtt-codec.js';
import { decodeFrame, encodeFrame } from '../../../src/net/ws-frame.js';
import { healthy } from '../sample-kinds.js';
import { rulesFor } from '../../../src/agent/versions.js';
import { decodeHistory, encodeEntry } from '../../../src/watch/history.js';

export interface Parser {
  readonly name: string;
  /** What it makes of them, or a promise of it. */
  readonly read: (bytes: Buffer) => unknown;
  /** Something that it understands, to begin from. */
  readonly seeds: readonly Buffer[];
  /** Names of errors that it throws at its user by contract. */
  readonly throws?: readonly string[];
}

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const text = (name: string, read: (text: string) => unknown, ...seeds: readonly string[]): Parser => ({
  name,
  read: (bytes) => read(bytes.toString('latin1')),
  seeds: seeds.map(latin1),
});

/** A reader that is given a path: the bytes are a file. */
const file = (name: string, read: (path: string) => Promise<unknown>, ...seeds: readonly Buffer[]): Parser => ({
  name,
  async read(bytes) {
    const directory = mkdtempSync(join(tmpdir(), 'egress-hostile-'));
    try {
      const path = join(directory, 'x');
      writeFileSync(path, bytes);
      return JSON.parse(JSON.stringify(await read(path)).replaceAll(directory, '')) as unknown;
    } catch (error) {
      if (error instanceof Error) error.message = error.message.replaceAll(directory, '');
      throw error;
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
  seeds,
  throws: ['UsageError'],
});

const QUESTION = { id: 7, name: 'app.netdata.cloud', type: 'A' } as const;
const ANSWER = (() => {
  const asked = Buffer.from(encodeQuestion(QUESTION));
  asked[2] = 0x81;
  asked[7] = 1;
  return Buffer.concat([asked, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 5])]);
})();
const HTTP = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}';
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\nTrailer: x\r\n\r\n';
const UPGRADED =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';
const ENV =
  '{"authEndpoint":"https://api.netdata.cloud/api/v1/auth","encoding":"proto","transports":[{"type":"MQTTv5","endpoint":"wss://mqtt.netdata.cloud/mqtt"}],"backoff":{"base":2,"maxSeconds":3600,"minSeconds":1}}';
const CERTIFICATE = Buffer.from('30820102300d06092a864886f70d01010b0500303c310b3009060355040613024445', 'hex');

/** Feeds the same bytes in pieces: what is read must not depend on where the network cut them. */
function inPieces(bytes: Buffer): unknown {
  const reader = new AnswerReader('GET');
  for (let at = 0; at < bytes.length; at += 7) {
    if (reader.feed(bytes.subarray(at, at + 7)).state !== 'reading') break;
  }
  return reader.head;
}

const NFT =
  '{"nftables":[{"table":{"family":"inet","name":"f"}},{"set":{"family":"inet","name":"s","table":"f","type":"ipv4_addr","elem":["192.0.2.1",{"prefix":{"addr":"10.0.0.0","len":8}},{"elem":{"val":{"range":["192.0.2.3","192.0.2.9"]},"timeout":3}}]}},{"chain":{"family":"inet","table":"f","name":"o","type":"filter","hook":"output","prio":0,"policy":"drop"}},{"rule":{"family":"inet","table":"f","chain":"o","handle":3,"expr":[{"match":{"op":"==","left":{"payload":{"protocol":"ip","field":"daddr"}},"right":"@s"}},{"vmap":{"key":{"meta":{"key":"mark"}},"data":{"set":[[1,{"drop":null}]]}}},{"jump":{"target":"o"}}]}}]}';
const IPTABLES =
  '*filter\n:OUTPUT ACCEPT [0:0]\n:X - [0:0]\n-A OUTPUT -d 198.51.100.0/24 -p tcp -m multiport ! --dports 80,443:450 -m comment --comment "a \\"b" -j X\n[1:2] -A X -m set --match-set s dst,dst -m mark --mark 0x1/0xff -j NFQUEUE --queue-balance 0:3\n-A X -m owner --uid-owner 0-9 -g OUTPUT\nCOMMIT\n';
const IPSET =
  'create s hash:ip,port family inet hashsize 64 maxelem 9\nadd s 192.0.2.1,tcp:80-90 timeout 3\ncreate n hash:net family inet6\nadd n 2001:db8::/32 nomatch\ncreate i hash:ip netmask 24\nadd i 10.1.2.3\ncreate l list:set\nadd l s\n';
const CAPTURE = readFileSync(new URL('../../fixtures/captures/dns-nxdomain.txt', import.meta.url), 'latin1');

/** What the readers make of a program's output, every rule of it read. */
function rulesIn(source: Source, value: string): unknown {
  const reader = new RulesetReader();
  for (let at = 0; at < value.length; at += 997) reader.push(source, value.slice(at, at + 997));
  reader.end(source);
  return reader
    .ruleset()
    .bases.map(({ chain, where }) => [
      where,
      chain.rules.map(({ steps, owner, only, text: shown }) => [steps.length, owner, only, shown.length]),
    ]);
}

const BUNDLE = await (async () => {
  const files = {
    'MANIFEST.json':
      '{"schema":"netdata-support-bundle/v1","generated_utc":"2026-11-30T00:00:00Z","files":[{"path":"04-config/netdata.conf","origin":"/etc/netdata/netdata.conf"}]}',
    '04-config/netdata.conf': '[global]\n  x = y\n',
    '06-state/cloud-state.txt': '== claimed_id ==\nd4f1a9c2-0000-4000-8000-000000000000\n-rw-r--r-- 1 private.pem\n',
    '08-network/cloud-connectivity.txt':
      '* connect to 192.0.2.1 port 443 from 10.0.0.1 port 40000 failed: Connection refused\n',
  };
  const entries = Object.entries(files).map(([name, body]) => ({
    header: { name: `netdata-support-bundle-x/${name}`, size: body.length, type: 'file' as const },
    body,
  }));
  return Buffer.from(await packTar(entries));
})();
const FLEET_STATE =
  '{"schema":"netdata-egress/fleet-state","form":1,"at":"2026-11-30T00:00:00.000Z"}\n["h","host-1","will_fail","tcp.dropped"]\n["e","/runs/a.json",10,1,2,[],[["damaged","/runs/a.json","x"]]]\n';
const WATCHED = encodeEntry({
  at: '2026-11-30T00:00:00.000Z',
  changes: [{ kind: 'latency', leg: 'link', beforeMs: 10, afterMs: 90 }],
  memory: {
    facts: null,
    seen: { 'app.netdata.cloud': { '192.0.2.1': 1 } },
    latency: {},
    recent: { claim: [1], env: [], auth: [], link: [] },
    statusChanges: [],
    warnings: [],
    look: null,
  },
});
const APPLIED = chain([], {
  at: '2026-11-30T00:00:00.000Z',
  action: 'apply',
  target: 'nftables',
  revision: 'x',
  added: ['192.0.2.1/32'],
  removed: [],
  total: 1,
  why: 'x',
} as unknown as Parameters<typeof chain>[1]);
const REFRESHED = {
  ...EMPTY_STATE,
  seen: [
    {
      fqdn: 'app.netdata.cloud',
      address: '192.0.2.1',
      ttl: 60,
      firstSeen: '2026-11-30T00:00:00.000Z',
      lastSeen: '2026-11-30T00:00:00.000Z',
      resolvers: ['192.0.2.53'],
      hits: 1,
      proven: true,
    },
  ],
  lastGood: { 'app.netdata.cloud': '2026-11-30T00:00:00.000Z' },
};
const TRACE =
  '>>> TLS 1.0, RecordHeader [length 0005]\n    16 03 01 00 04\n>>> TLS 1.3, Handshake [length 0004], ClientHello\n    01 00 00 00\n<<< TLS 1.2, Alert [length 0002], fatal handshake_failure\n    02 28\n<<< TLS 1.3, Handshake [length 0008], Certificate\n    0b 00 00 04 00 00 00 00\n';

export const PARSERS: readonly Parser[] = [
  { name: 'DNS reply', read: (bytes) => readReply(bytes, QUESTION), seeds: [ANSWER] },
  { name: 'HTTP framing', read: inPieces, seeds: [latin1(HTTP), latin1(CHUNKED)] },
  { name: 'HTTP framing, at once', read: (bytes) => new AnswerReader('GET').feed(bytes), seeds: [latin1(CHUNKED)] },
  { name: 'end of head', read: (bytes) => endOfHead(bytes), seeds: [latin1(HTTP)] },
  text('HTTP head', readHead, HTTP.slice(0, -2)),
  { name: 'MQTT packet', read: decodePacket, seeds: [Buffer.from([0x20, 3, 0, 0x86, 0])] },
  { name: 'WebSocket frame', read: decodeFrame, seeds: [encodeFrame(2, Buffer.from([0x20, 3, 0, 0, 0]))] },
  { name: 'certificate', read: certificateParts, seeds: [CERTIFICATE] },
  { name: 'certificate subject', read: subjectOf, seeds: [CERTIFICATE] },
  text('PEM', pemCertificates, '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'),
  text('/api/v3/info', readInfoDocument, '{"agents":[{"cloud":{"id":1,"status":"online","reason":""}}]}'),
  text('aclk-state', readAclkState, '{"aclk-available":true,"online":false,"reconnect-count":3}'),
  text('effective proxy', readEffectiveProxy, 'http://proxy:3128'),
  text('chunks', parseChunked, '2\r\n{}\r\n0\r\n\r\n'),
  text('CONNACK', parseConnack, '\u0020\u0003\u0000\u0000\u0000'),
  text('CONNECT reply', parseConnectReply, 'HTTP/1.1 200 Connection established\r\n\r\n'),
  text('CONNECT reply, libcurl', parseConnectReplyLibcurl, 'HTTP/1.0 407 Auth\r\nProxy-Authenticate: NTLM\r\n\r\n'),
  text('/env', parseEnvDocument, ENV),
  text('error document', parseErrorDocument, '{"errorCode":"x","errorMsgKey":"y","errorMessage":"z"}'),
  text('frames', parseFrames, '\u0082\u0005\u0020\u0003\u0000\u0000\u0000'),
  text('frame text', readFrameText, 'fin=1 opcode=2 masked=0 length=5'),
  text(
    'HTTPS response',
    (raw) => parseHttpsResponse(raw, { headerWithoutSeparatorIsSafe: false, closedAfterMs: 10 }),
    HTTP,
    CHUNKED,
  ),
  text('service answer', (body) => readServiceAnswer(200, 'application/json', body), ENV),
  text(
    'SOCKS answers',
    (raw) => parseSocksExchange({ method: raw, auth: raw, reply: raw }, true),
    '\u0005\u0000\u0000\u0001',
  ),
  text('101', (raw) => parseWebSocketResponse(raw, 'dGhlIHNhbXBsZSBub25jZQ=='), UPGRADED),
  { name: 'INI', read: (bytes) => parseIni(bytes), seeds: [latin1('\u00ef\u00bb\u00bf[global]\n  url = "x" # c\n')] },
  text('URL, link', readUrlAsLink, 'https://app.netdata.cloud:443/x?y#z'),
  text('URL, libcurl', readUrlAsCurl, 'https://user@[2001:db8::1]:443/'),
  text('proxy, link', (value) => readProxyAsLink(value, rulesFor('2.11.0')), 'socks5h://us%65r:p%40ss@[::1]:1080/'),
  text('percent, link', decodeAsLink, 'a%20b%zz%00'),
  text('percent, libcurl', decodeAsCurl, 'a%20b%zz%00'),
  text('unit directives', (unit) => directives(unit, 'Service'), '[Service]\nEnvironment="A=b c" \\\n D=e\n'),
  text('unit assignments', splitAssignments, '"A=b \\" c" \'D=e\' F=%%'),
  text('environment file', parseEnvironmentFile, 'A=\'b\'\nB="c\\\nd"\n# x\n'),
  text('address', parseAddress, '::ffff:192.0.2.1', '2001:db8::1%eth0'),
  text('prefix', (value) => tryParsePrefix(value), '2001:db8::/32'),
  text('resolv.conf', (value) => parseResolvConf(value, 'x'), 'nameserver fe80::1%eth0 # x\noptions timeout:1\n'),
  text('hosts', parseHosts, '127.0.0.1 localhost # x\n'),
  text('nsswitch.conf', parseNameServices, 'hosts: files [!UNAVAIL=return] dns\n'),
  text('/proc/net/route', parseRoute4, 'h\neth0 00000000 0100000A 0003 0 0 0 00000000 0 0 0\n'),
  text(
    '/proc/net/ipv6_route',
    parseRoute6,
    `${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00 ${'f'.repeat(32)} 0 0 0 00000003 eth0\n`,
  ),
  text('/proc/net/tcp', (value) => parseProcTcp(value, [443]), 'h\n0: 0100007F:01BB 0100007F:01BB 01 x\n'),
  text('cgroup', idsIn, `0::/docker/${'a'.repeat(64)}\n`),
  {
    ...text(
      'allow list',
      (value) => parseListFile(value, 'x', '2026-11-30T00:00:00Z'),
      'app.netdata.cloud:443 192.0.2.0/24 # x\n',
    ),
    throws: ['UsageError'],
  },
  {
    ...text('report', (value) => loadReport(value, 'x'), JSON.stringify(healthy())),
    throws: ['UsageError'],
  },
  text('rules of nft', (value) => rulesIn('nft', value), NFT),
  text('rules of nft, for apply', (value) => parseNft(value), NFT),
  text('rules of iptables-save', (value) => rulesIn('nft4', value), IPTABLES),
  text(
    'rules of ip6tables-save',
    (value) => rulesIn('legacy6', value),
    IPTABLES.replace('198.51.100.0/24', '2001:db8::/32'),
  ),
  text('ipset save', (value) => rulesIn('ipset', value), IPSET),
  { ...text('capture', parseCapture, CAPTURE), throws: ['UsageError'] },
  { ...text('labels', (value) => parseLabels(value.split(' ')), 'site=a rack=7'), throws: ['UsageError'] },
  {
    ...text(
      'file of labels',
      (value) => [...parseLabelFile(value, 'x')],
      'a site=b rack=7 # x\n',
      '{"a":{"site":"b"}}',
      '{"items":[{"metadata":{"name":"a","labels":{"k":"v"}}}]}',
      '{"g":{"hosts":["a"],"children":["h"]},"_meta":{"hostvars":{"a":{"x":1}}}}',
    ),
    throws: ['UsageError'],
  },
  file('support bundle', readBundle, BUNDLE, gzipSync(BUNDLE)),
  file(
    'state of a merge',
    async (path) => {
      const state = new MergeState(new FactsPool());
      await state.load(path);
      return state.text(null);
    },
    latin1(FLEET_STATE),
  ),
  text('history of a watch', decodeHistory, `${WATCHED}\n${WATCHED}\n`),
  text('history of changes', parseHistory, `${JSON.stringify(APPLIED)}\n`),
  {
    ...text('state of refreshing', (value) => parseState(value, 'x'), JSON.stringify(REFRESHED)),
    throws: ['UsageError'],
  },
  {
    ...text(
      'known addresses',
      (value) => parseKnownAddresses(value, 'x', '2026-11-30'),
      '192.0.2.1 app.netdata.cloud # x\n2001:db8::1\n',
    ),
    throws: ['UsageError'],
  },
  text(
    'trace of TLS',
    (value) => {
      const lines = value.split('\n').map((line) => line.trim());
      return [readTlsTrace(lines), connectError(lines), curlConnectError(lines), wasReset(lines)];
    },
    TRACE,
    'connect:errno=111\n* connect to 192.0.2.1 port 443 failed: Connection refused\nread:errno=104\n',
  ),
  text('connections of this host', (value) => parseOpened([value]), 'h\n0: 0100007F:01BB 0100007F:01BB 01 x\n'),
  text(
    'ip route get',
    (value) => [...routesFrom(value)],
    '192.0.2.1 via 10.0.0.1 dev eth0 src 10.0.0.2 uid 0\n    cache\n',
  ),
  text(
    'stream.conf destination',
    (value) => value.split(' ').map((entry) => readDestination(entry)),
    'tcp:[::1]%eth0:19999:SSL parent',
  ),
];
