import { afterEach, describe, expect, it } from 'vitest';
import { startCloud } from '../../../src/sim/cloud.js';
import type { SimCloud } from '../../../src/sim/types.js';
import { ENV_PATH, get, hear, openTls, wholeAnswer, type Heard } from '../../helpers/sim/raw-peer.js';

let cloud: SimCloud | null = null;
afterEach(async () => {
  await cloud?.close();
  cloud = null;
});

async function envWith(fault: string, enough = wholeAnswer, timeoutMs = 400): Promise<Heard> {
  cloud = await startCloud({ faults: [fault] });
  return await get(cloud, 'app', ENV_PATH, enough, timeoutMs);
}

const headOf = (text: string): string => text.slice(0, text.indexOf('\r\n\r\n') + 4);
const bodyOf = (text: string): string => text.slice(text.indexOf('\r\n\r\n') + 4);
const lineOf = (text: string, name: string): string | undefined =>
  headOf(text)
    .split('\r\n')
    .find((line) => line.toLowerCase().startsWith(`${name}:`));
const lastChunk = (text: string): boolean => text.endsWith('0\r\n\r\n');

describe('a healthy answer', () => {
  it('is one the Agent can read: HTTP/1.1, a space behind every colon, a length, kept open', async () => {
    cloud = await startCloud();
    const heard = await get(cloud, 'app', ENV_PATH, undefined, 150);
    expect(heard.ended).toBe('open');
    expect(wholeAnswer(heard.text)).toBe(true);
    const [statusLine, ...lines] = headOf(heard.text).trimEnd().split('\r\n');
    expect(statusLine).toBe('HTTP/1.1 200 OK');
    for (const line of lines) expect(line).toMatch(/^[A-Za-z-]+: \S/);
    const document: unknown = JSON.parse(bodyOf(heard.text));
    expect(document).toMatchObject({
      encoding: 'proto',
      capabilities: expect.arrayContaining(['proto']),
      backoff: { base: expect.any(Number), maxSeconds: expect.any(Number), minSeconds: expect.any(Number) },
    });
    const { backoff } = document as { backoff: { base: number; maxSeconds: number } };
    expect(backoff.base).toBeGreaterThanOrEqual(1);
    expect(backoff.base).toBeLessThanOrEqual(10);
    expect(backoff.maxSeconds).toBeGreaterThanOrEqual(500);
  });

  it('serves several requests on one connection', async () => {
    cloud = await startCloud();
    const socket = await openTls(cloud, 'app');
    const request = `GET ${ENV_PATH} HTTP/1.1\r\nHost: app.netdata.cloud\r\n\r\n`;
    socket.write(request);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.write(request);
    expect((await hear(socket, wholeAnswer)).text).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('to HEAD has no body', async () => {
    cloud = await startCloud();
    const socket = await openTls(cloud, 'app');
    socket.write('HEAD / HTTP/1.1\r\nHost: app.netdata.cloud\r\n\r\n');
    const heard = await hear(socket, undefined, 100);
    expect(lineOf(heard.text, 'content-length')).toMatch(/: [1-9]/);
    expect(bodyOf(heard.text)).toBe('');
  });

  it('to a request of a megabyte and more is to hang up', async () => {
    cloud = await startCloud();
    const socket = await openTls(cloud, 'app');
    socket.write('PUT / HTTP/1.1\r\nHost: app.netdata.cloud\r\nContent-Length: 2000000\r\n\r\n');
    socket.write(Buffer.alloc(1_100_000, 'x'));
    expect((await hear(socket, undefined, 2000)).ended).not.toBe('open');
  });
});

describe('the shape of the answer', () => {
  it.each([
    ['http_1_0', /^HTTP\/1\.0 200 OK\r\n/],
    ['status_without_space', /^HTTP\/1\.1 200\r\n/],
    ['empty_reason', /^HTTP\/1\.1 200 \r\n/],
    ['no_space_after_colon', /\r\nX-Filter:seen\r\n/],
    ['empty_header_value', /\r\nX-Filter:\r\n/],
    ['empty_header_value_with_space', /\r\nX-Filter: \r\n/],
    ['folded_header', /\r\nX-Filter: seen\r\n by the gateway\r\n/],
    ['interim_103', /^HTTP\/1\.1 103 Early Hints\r\n[^]*\r\n\r\nHTTP\/1\.1 200 OK\r\n/],
    ['interim_100', /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/],
  ])('%s', async (fault, shape) => {
    const enough = (text: string): boolean => wholeAnswer(text.slice(Math.max(0, text.lastIndexOf('HTTP/1.'))));
    const heard = await envWith(fault, enough);
    expect(heard.text).toMatch(shape);
    expect(heard.text).toContain('"authEndpoint"');
  });

  it.each([
    ['long_header', 1024],
    ['long_header=1023', 1023],
  ])('%s has a value of %i bytes', async (fault, bytes) => {
    const { text } = await envWith(fault);
    expect(lineOf(text, 'content-security-policy')?.length).toBe('Content-Security-Policy: '.length + bytes);
  });

  it('long_header_name has a name of 1024 bytes', async () => {
    const { text } = await envWith('long_header_name');
    expect(
      Math.max(
        ...headOf(text)
          .split('\r\n')
          .map((line) => line.indexOf(': ')),
      ),
    ).toBe(1024);
  });

  it('lf_only has no CR at all', async () => {
    const { text } = await envWith('lf_only', (heard) => heard.endsWith('}'));
    expect(text).not.toContain('\r');
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\n[^]+\n\n\{/);
  });

  it('close_delimited has no length and ends with the connection', async () => {
    const { text, ended } = await envWith('close_delimited');
    expect(ended).toBe('fin');
    expect(lineOf(text, 'content-length')).toBeUndefined();
    expect(lineOf(text, 'transfer-encoding')).toBeUndefined();
    expect(JSON.parse(bodyOf(text))).toHaveProperty('authEndpoint');
  });

  it.each([
    ['chunked', 'Transfer-Encoding: chunked'],
    ['chunked_capital', 'Transfer-Encoding: Chunked'],
    ['chunked_and_length', 'Transfer-Encoding: chunked'],
  ])('%s', async (fault, line) => {
    const { text } = await envWith(fault, lastChunk);
    expect(headOf(text)).toContain(`${line}\r\n`);
    expect(lineOf(text, 'content-length') !== undefined).toBe(fault === 'chunked_and_length');
    expect(bodyOf(text)).toMatch(/^[0-9a-f]+\r\n\{[^]*\r\n[0-9a-f]+\r\n[^]*\}\r\n0\r\n\r\n$/);
  });

  it('chunked_extension and chunk_trailers', async () => {
    expect(bodyOf((await envWith('chunked_extension', lastChunk)).text)).toMatch(/^[0-9a-f]+;seen=1\r\n/);
    await cloud?.close();
    const trailers = await envWith('chunk_trailers', (text) => text.endsWith('X-Checksum: 1\r\n\r\n'));
    expect(trailers.text).toMatch(/0\r\nX-Checksum: 1\r\n\r\n$/);
  });

  it('close_at_once ends with the answer, close_later a while after it', async () => {
    const atOnce = await envWith('close_at_once', () => false);
    expect(atOnce).toMatchObject({ ended: 'fin' });
    expect(wholeAnswer(atOnce.text)).toBe(true);
    await cloud?.close();
    const later = await envWith('close_later=0.15', () => false);
    expect(later.ended).toBe('fin');
    expect(later.elapsedMs).toBeGreaterThanOrEqual(149);
  });

  it('large_body and large_chunked_body carry that many bytes of valid JSON', async () => {
    const plain = await envWith('large_body=20000');
    expect(JSON.parse(bodyOf(plain.text))).toHaveProperty('authEndpoint');
    expect(bodyOf(plain.text).length).toBeGreaterThan(20_000);
    await cloud?.close();
    const chunked = await envWith('large_chunked_body', lastChunk);
    expect(bodyOf(chunked.text).length).toBeGreaterThan(20_000);
  });

  it('split_answer comes in pieces and is whole in the end', async () => {
    const { text } = await envWith('split_answer', wholeAnswer, 2000);
    expect(JSON.parse(bodyOf(text))).toHaveProperty('authEndpoint');
  });
});

describe('no answer, or too much of it', () => {
  it.each([
    ['http_silent', 'open', /^$/],
    ['http_reset', 'reset', /^$/],
    ['http_closed', 'fin', /^$/],
    ['http_cut', 'fin', /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n\{[^}]*$/],
    ['http_garbage', 'open', /220 mail/],
  ])('%s', async (fault, ended, text) => {
    const heard = await envWith(fault, () => false, 120);
    expect(heard.ended).toBe(ended);
    expect(heard.text).toMatch(text);
  });

  it.each(['endless_headers', 'endless_body'])('%s goes on', async (fault) => {
    const { text } = await envWith(fault, (heard) => heard.length > 500_000, 3000);
    expect(text.length).toBeGreaterThan(500_000);
    expect(text.includes('\r\n\r\n')).toBe(fault === 'endless_body');
  });

  it('http_slow is late', async () => {
    const heard = await envWith('http_slow=0.1');
    expect(heard.elapsedMs).toBeGreaterThanOrEqual(99);
    expect(heard.text).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('somebody else answers', () => {
  it.each([
    ['portal_redirect', /^HTTP\/1\.1 302 Found\r\n[^]*\r\nLocation: http:\/\/portal\.example\.test\//],
    ['portal_page', /^HTTP\/1\.1 200 OK\r\n[^]*<title>Guest Wi-Fi login/],
    ['403_page', /^HTTP\/1\.1 403 Forbidden\r\n[^]*FortiGuard/],
    ['403_page=squid', /^HTTP\/1\.1 403 [^]*X-Squid-Error: ERR_ACCESS_DENIED/],
    ['403_page=zscaler', /^HTTP\/1\.1 403 [^]*Zscaler/],
    ['403_page=hostile', /^HTTP\/1\.1 403 [^]*\u001b\[2J/],
    ['200_page', /^HTTP\/1\.1 200 OK\r\nDate[^]*<html>/],
    ['http_status=451', /^HTTP\/1\.1 451 /],
    ['407', /^HTTP\/1\.1 407 [^]*Proxy-Authenticate: NTLM/],
    ['502', /^HTTP\/1\.1 502 /],
    ['503', /^HTTP\/1\.1 503 [^]*Retry-After/],
    ['agent_shape_blocked', /^HTTP\/1\.1 403 /],
  ])('%s', async (fault, shape) => {
    expect((await envWith(fault)).text).toMatch(shape);
  });

  it('agent_shape_blocked lets a browser through', async () => {
    cloud = await startCloud({ faults: ['agent_shape_blocked'] });
    const socket = await openTls(cloud, 'app');
    socket.write(`GET ${ENV_PATH} HTTP/1.1\r\nHost: app.netdata.cloud\r\nUser-Agent: Mozilla/5.0\r\n\r\n`);
    expect((await hear(socket, wholeAnswer)).text).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('on one host does not touch the others', async () => {
    cloud = await startCloud({ faults: ['403_page:api'] });
    expect((await get(cloud, 'api', '/', wholeAnswer)).text).toMatch(/^HTTP\/1\.1 403 /);
    expect((await get(cloud, 'app', ENV_PATH, wholeAnswer)).text).toMatch(/^HTTP\/1\.1 200 /);
    expect((await get(cloud, 'mqtt', '/', wholeAnswer)).text).toMatch(/^HTTP\/1\.1 404 /);
  });
});

describe('the service itself', () => {
  const document = (text: string): Record<string, unknown> => JSON.parse(bodyOf(text)) as Record<string, unknown>;

  it.each([
    [
      'env_error=503',
      503,
      { errorCode: expect.any(String), errorMsgKey: expect.any(String), errorMessage: expect.any(String) },
    ],
    ['env_banned', 403, { errorNonRetryable: true }],
    ['env_retry_later=300', 429, { errorRetryDelaySeconds: 300 }],
    ['env_json_encoding', 200, { encoding: 'json' }],
    ['env_no_proto', 200, { capabilities: ['ctx'] }],
    ['env_backoff', 200, { backoff: { base: 99 } }],
    ['env_no_transports', 200, { transports: [] }],
    ['env_mqtt3_only', 200, { transports: [{ type: 'MQTTv3' }] }],
    ['env_unknown_transport_first', 200, { transports: [{ type: 'QUIC' }, { type: 'MQTTv5' }] }],
    ['env_endpoint_without_port', 200, { transports: [{ endpoint: 'wss://mqtt.netdata.cloud/mqtt' }] }],
    ['env_bad_auth_endpoint', 200, { authEndpoint: 'api.netdata.cloud' }],
    ['env_unknown_keys', 200, { region: 'eu-1', encoding: 'proto' }],
  ])('%s', async (fault, status, expected) => {
    const { text } = await envWith(fault);
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(document(text)).toMatchObject(expected);
  });

  it.each(['authEndpoint', 'encoding', 'transports', 'backoff', 'capabilities'])('env_missing=%s', async (key) => {
    expect(document((await envWith(`env_missing=${key}`)).text)).not.toHaveProperty(key);
  });

  it.each([
    ['env_empty', /^$/],
    ['env_html', /^<!DOCTYPE html>/],
    ['env_invalid_json', /^\{"authEndpoint": "htt$/],
    ['env_repeated_key', /"encoding":"proto".*"encoding":"proto"\}$/],
  ])('%s', async (fault, body) => {
    expect(bodyOf((await envWith(fault)).text)).toMatch(body);
  });

  it.each([
    ['claim_status=500', 'app', 'PUT /api/v1/spaces/nodes/x', 500],
    ['claim_422', 'app', 'PUT /api/v1/spaces/nodes/x', 422],
    ['challenge_error', 'api', 'GET /api/v1/auth/node/x/challenge', 404],
    ['challenge_invalid', 'api', 'GET /api/v1/auth/node/x/challenge', 200],
    ['password_error=500', 'api', 'POST /api/v1/auth/node/x/password', 500],
  ] as const)('%s', async (fault, role, request, status) => {
    cloud = await startCloud({ faults: [fault] });
    const socket = await openTls(cloud, role);
    socket.write(`${request} HTTP/1.1\r\nHost: ${cloud.hosts[role].name}\r\nContent-Length: 0\r\n\r\n`);
    expect((await hear(socket, wholeAnswer)).text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    // The rest of the service is untouched.
    expect((await get(cloud, 'app', ENV_PATH, wholeAnswer)).text).toMatch(/^HTTP\/1\.1 200 /);
  });
});
