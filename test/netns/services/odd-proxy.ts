/** HTTP proxies that answer CONNECT in ways that real middleboxes do and strict clients trip over: one port each. */
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const ports = JSON.parse(process.argv[2] ?? '{}') as Readonly<Record<string, number>>;
const addresses = JSON.parse(process.argv[3] ?? '{}') as Readonly<Record<string, string>>;
const users = JSON.parse(process.argv[4] ?? '{}') as Readonly<Record<string, string>>;
/** The values of Proxy-Authorization that are let in. */
const welcome = new Set(
  Object.entries(users).map(([name, password]) => `basic ${Buffer.from(`${name}:${password}`).toString('base64')}`),
);

const PAGE = '<html><head><title>Access denied</title></head><body>Your request was denied.</body></html>';
const long = `X-Policy: ${'a'.repeat(900)}\r\n`.repeat(6);

/** What is said before the tunnel carries bytes; null = no tunnel, the connection is ended after these bytes. */
const answers: Readonly<
  Record<
    string,
    {
      readonly head: string;
      readonly tunnel: boolean;
      readonly stay?: boolean;
      readonly delayMs?: number;
      /** Said some time after the head, before the tunnel carries bytes. */
      readonly late?: string;
      readonly strict?: boolean;
      readonly basic?: boolean;
      readonly named?: boolean;
      readonly drips?: boolean;
    }
  >
> = {
  odd201: { head: 'HTTP/1.1 201 Created\r\n\r\n', tunnel: true },
  oddClose: {
    head: 'HTTP/1.1 200 Connection established\r\nProxy-Connection: close\r\nConnection: close\r\n\r\n',
    tunnel: true,
  },
  oddHttp10: { head: 'HTTP/1.0 200 Connection established\r\n\r\n', tunnel: true },
  oddLongHeader: { head: `HTTP/1.1 200 OK\r\n${long}\r\n`, tunnel: true },
  oddBody: { head: 'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nWelcome all\n', tunnel: true },
  /** The same body, a while after the header that announces it. */
  oddLateBody: { head: 'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n', late: 'Welcome all\n', tunnel: true },
  /** A greeting that nothing announces, then the tunnel. */
  oddLateWords: { head: 'HTTP/1.1 200 OK\r\n\r\n', late: 'Welcome all\n', tunnel: true },
  oddSilent: { head: '', tunnel: false, stay: true },
  oddNegotiate: {
    head:
      'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n' +
      `Content-Type: text/html\r\nContent-Length: ${PAGE.length}\r\n\r\n${PAGE}`,
    tunnel: false,
  },
  oddLineFeeds: { head: 'HTTP/1.1 200 OK\n\n', tunnel: true },
  oddOwnPage: {
    head: `HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 403 Forbidden\r\nContent-Length: ${PAGE.length}\r\n\r\n${PAGE}`,
    tunnel: false,
  },
  oddCloses: { head: '', tunnel: false },
  odd502: {
    head: `HTTP/1.1 502 Bad Gateway\r\nVia: 1.1 proxy\r\nContent-Length: ${PAGE.length}\r\n\r\n${PAGE}`,
    tunnel: false,
  },
  oddDigest: {
    head: `HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Digest realm="corp", nonce="abc", qop="auth"\r\nContent-Length: 0\r\n\r\n`,
    tunnel: false,
  },
  /** Wants the port in the Host header (RFC 9112 §3.2.3 has it there), which the Agent does not send. */
  oddStrict: { head: 'HTTP/1.1 200 OK\r\n\r\n', tunnel: true, strict: true },
  /** Looks at each request by itself; squid keeps one password per user, and mixes up those that come side by side. */
  oddBasic: { head: 'HTTP/1.1 200 OK\r\n\r\n', tunnel: true, basic: true },
  /** Refuses a CONNECT without User-Agent, as filters on programs do; neither libcurl nor the Agent sends one. */
  oddNamed: { head: 'HTTP/1.1 200 OK\r\n\r\n', tunnel: true, named: true },
  /** Octet by octet. */
  oddDrips: { head: 'HTTP/1.1 200 Connection established\r\n\r\n', tunnel: true, drips: true },
  /** A proxy that asks three other systems first. */
  oddSlow: { head: 'HTTP/1.1 200 OK\r\n\r\n', tunnel: true, delayMs: 6500 },
  /** Two seconds for each CONNECT. */
  oddTwoSeconds: { head: 'HTTP/1.1 200 OK\r\n\r\n', tunnel: true, delayMs: 2000 },
  /** Longer than the MQTT step of older Agents waits, and longer than a claim may take. */
  oddOneAndHalf: { head: 'HTTP/1.1 200 OK\r\n\r\n', tunnel: true, delayMs: 1500 },
  oddFiveSeconds: { head: 'HTTP/1.1 200 OK\r\n\r\n', tunnel: true, delayMs: 5000 },
  oddLongValue: { head: `HTTP/1.1 200 OK\r\nX-Policy: ${'a'.repeat(1100)}\r\n\r\n`, tunnel: true },
  oddMiddleValue: { head: `HTTP/1.1 200 OK\r\nX-Policy: ${'a'.repeat(300)}\r\n\r\n`, tunnel: true },
  oddNoSpace: { head: 'HTTP/1.1 200 OK\r\nVia:1.1 proxy\r\n\r\n', tunnel: true },
  oddChunked: { head: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', tunnel: true },
  oddNoColon: { head: 'HTTP/1.1 200 OK\r\nproxied by wsa 7\r\n\r\n', tunnel: true },
  oddTwoSpaces: { head: 'HTTP/1.1  200 OK\r\n\r\n', tunnel: true },
  oddNoReason: { head: 'HTTP/1.1 200\r\n\r\n', tunnel: true },
  oddInterim: { head: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n', tunnel: true },
};

function onConnection(name: string, socket: Socket): void {
  const {
    head,
    tunnel,
    stay,
    strict,
    basic,
    named,
    drips,
    late,
    delayMs = 0,
  } = answers[name] ?? { head: '', tunnel: false };
  let text = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.setTimeout(60_000, () => socket.destroy());
  const onData = (chunk: Buffer): void => {
    text = Buffer.concat([text, chunk]);
    const end = text.indexOf('\r\n\r\n');
    if (end < 0) return;
    if (strict === true && !/^host: [^:\r]+:\d+\r$/im.test(text.toString('latin1'))) {
      return void socket.end(`HTTP/1.1 400 Bad Request\r\nContent-Length: ${PAGE.length}\r\n\r\n${PAGE}`);
    }
    if (named === true && !/^user-agent: \S/im.test(text.toString('latin1'))) {
      return void socket.end(`HTTP/1.1 403 Forbidden\r\nContent-Length: ${PAGE.length}\r\n\r\n${PAGE}`);
    }
    const [, credentials = ''] = /^proxy-authorization: (basic [^\r]*)\r$/im.exec(text.toString('latin1')) ?? [];
    if (basic === true && !welcome.has(credentials.replace(/^basic/i, 'basic'))) {
      const ask = 'Proxy-Authenticate: Basic realm="corp"';
      return void socket.end(
        `HTTP/1.1 407 Proxy Authentication Required\r\n${ask}\r\nContent-Length: ${PAGE.length}\r\n\r\n${PAGE}`,
      );
    }
    socket.off('data', onData);
    // Without a listener what comes in between would be lost.
    socket.pause();
    if (!tunnel) {
      if (stay !== true) socket.end(head);
      else socket.resume();
      return;
    }
    const target = /^CONNECT ([^ :]+):(\d+) /.exec(text.toString('latin1'));
    const upstream = connect({ host: addresses[target?.[1] ?? ''] ?? target?.[1] ?? '', port: Number(target?.[2]) });
    upstream.on('error', () => socket.destroy());
    upstream.on('close', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
    const carry = async (): Promise<void> => {
      await sleep(delayMs);
      for (const part of drips === true ? head : [head]) {
        socket.write(part);
        if (drips === true) await sleep(20);
      }
      if (late !== undefined) {
        await sleep(150);
        socket.write(late);
      }
      const early = text.subarray(end + 4);
      if (early.length > 0) upstream.write(early);
      socket.pipe(upstream).pipe(socket);
    };
    upstream.once('connect', () => void carry());
  };
  socket.on('data', onData);
}

/** SOCKS5 (RFC 1928) without login whose rules do not let mqtt pass: REP 02. */
function onSocks(socket: Socket): void {
  let bytes = Buffer.alloc(0);
  let greeted = false;
  socket.on('error', () => socket.destroy());
  socket.setTimeout(60_000, () => socket.destroy());
  const onData = (chunk: Buffer): void => {
    bytes = Buffer.concat([bytes, chunk]);
    if (!greeted && bytes.length >= 2 && bytes.length >= 2 + (bytes[1] ?? 0)) {
      greeted = true;
      bytes = bytes.subarray(2 + (bytes[1] ?? 0));
      socket.write(Buffer.from([5, 0]));
    }
    const wanted = greeted ? destinationOf(bytes) : null;
    if (wanted === null) return;
    socket.off('data', onData);
    if (wanted.host.startsWith('mqtt.')) return void socket.end(socksReply(2));
    const upstream = connect({ host: addresses[wanted.host] ?? wanted.host, port: wanted.port });
    upstream.on('error', () => socket.destroy());
    upstream.on('close', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
    upstream.once('connect', () => {
      socket.write(socksReply(0));
      socket.pipe(upstream).pipe(socket);
    });
  };
  socket.on('data', onData);
}

const socksReply = (code: number): Buffer => Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);

/** The destination of a CONNECT by name or IPv4 address; null until all of it is there. */
function destinationOf(bytes: Buffer): { readonly host: string; readonly port: number } | null {
  const length = bytes[3] === 3 ? 1 + (bytes[4] ?? 0) : 4;
  if (bytes.length < 5 || bytes.length < 6 + length) return null;
  const host = bytes[3] === 3 ? bytes.toString('latin1', 5, 4 + length) : bytes.subarray(4, 8).join('.');
  return { host, port: bytes.readUInt16BE(4 + length) };
}

createServer(onSocks).listen(ports['oddSocks'], '0.0.0.0');

for (const name of Object.keys(answers)) {
  createServer((socket) => onConnection(name, socket)).listen(ports[name], '0.0.0.0');
}
