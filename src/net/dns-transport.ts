/** How a question reaches a resolver: UDP, TCP (RFC 7766), HTTPS (RFC 8484). Replies that are not ours are counted. */
import { createSocket } from 'node:dgram';
import net from 'node:net';
import type { Failure } from '../model/failure.js';
import { classifyError, failureOf } from './classify.js';
import { encodeQuestion, readReply, type DnsAnswer, type Mismatch, type Question } from './dns-message.js';
import { afterPoll } from './socket.js';
import type { StepClock } from './step.js';

export interface Exchange {
  readonly answer: DnsAnswer | null;
  readonly failure: Failure | null;
  readonly ignoredReplies: number;
}

export interface Resolver {
  readonly address: string;
  readonly port: number;
}

type Step = StepClock<'dns_query'>;

/** Lost datagrams must not look like a dead resolver: asked again every second, or at half of a shorter deadline. */
const RETRY_MS = 1000;
const MAX_IGNORED = 1000;
const MAX_MESSAGE = 0xffff;

/**
 * Asks over a connected UDP socket: the kernel drops datagrams from elsewhere and hands over ICMP refusals. Goes on
 * listening past replies that do not match, so that a forged one cannot hide the true one.
 */
export function askUdp(step: Step, resolver: Resolver, question: Question): Promise<Exchange> {
  return new Promise((resolve) => {
    const socket = createSocket(net.isIPv6(resolver.address) ? 'udp6' : 'udp4');
    const ignored = new Ignored();
    const message = encodeQuestion(question);
    const finish = (answer: DnsAnswer | null, failure: Failure | null): void => {
      callOff();
      clearInterval(retry);
      step.signal.removeEventListener('abort', onAbort);
      socket.removeAllListeners();
      socket.on('error', () => undefined);
      try {
        socket.close();
      } catch {
        // Already closed by its own error.
      }
      resolve({ answer, failure, ignoredReplies: ignored.count });
    };
    let connected = false;
    const failed = (error: unknown): void => finish(null, classifyError(error, 'dns_query'));
    const ask = (): void => {
      if (connected) socket.send(message, (error) => error && failed(error));
    };
    const onAbort = (): void => finish(null, step.interrupted());
    const callOff = afterPoll(step.left(), () => finish(null, ignored.explain() ?? step.timedOut('reply')));
    const retry = setInterval(ask, Math.min(RETRY_MS, step.left() / 2));
    step.signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', failed);
    socket.on('message', (bytes) => {
      const reply = readReply(bytes, question);
      if (typeof reply !== 'string') finish(reply, reply.failure);
      else if (ignored.add(reply) >= MAX_IGNORED) finish(null, ignored.explain());
    });
    try {
      // QUIRK: with a callback, dgram hands a failed connect to it (its type does not say so) and emits no error.
      socket.connect(resolver.port, resolver.address, (...[error]: readonly unknown[]) => {
        connected = error === undefined || error === null;
        if (connected) ask();
        else failed(error);
      });
    } catch (error) {
      failed(error);
    }
  });
}

/** Asks over TCP: messages with a two-byte length in front. */
export function askTcp(step: Step, resolver: Resolver, question: Question): Promise<Exchange> {
  return new Promise((resolve) => {
    const ignored = new Ignored();
    let waiting = Buffer.alloc(0);
    let socket: net.Socket | null = null;
    const finish = (answer: DnsAnswer | null, failure: Failure | null): void => {
      callOff();
      step.signal.removeEventListener('abort', onAbort);
      socket?.removeAllListeners();
      socket?.on('error', () => undefined);
      socket?.destroy();
      resolve({ answer, failure, ignoredReplies: ignored.count });
    };
    const onAbort = (): void => finish(null, step.interrupted());
    const callOff = afterPoll(step.left(), () => finish(null, ignored.explain() ?? step.timedOut('reply')));
    step.signal.addEventListener('abort', onAbort, { once: true });
    try {
      socket = net.connect({ host: resolver.address, port: resolver.port, autoSelectFamily: false });
    } catch (error) {
      finish(null, classifyError(error, 'dns_query'));
      return;
    }
    const message = encodeQuestion(question);
    socket.write(Buffer.concat([Buffer.from([message.length >> 8, message.length & 0xff]), message]));
    socket.on('error', (error) => finish(null, classifyError(error, 'dns_query')));
    socket.on('end', () => {
      finish(null, failureOf('eof_error', 'dns_query', null, 'the resolver closed the connection without a reply'));
    });
    socket.on('data', (bytes: Buffer) => {
      waiting = Buffer.concat([waiting, bytes]);
      while (waiting.length >= 2) {
        const length = waiting.readUInt16BE(0);
        if (waiting.length < 2 + length) return;
        const reply = readReply(waiting.subarray(2, 2 + length), question);
        waiting = waiting.subarray(2 + length);
        if (typeof reply !== 'string') return finish(reply, reply.failure);
        if (ignored.add(reply) >= MAX_IGNORED) return finish(null, ignored.explain());
      }
    });
  });
}

export interface DohTarget extends Resolver {
  /** `https://name/path`; the name is sent as SNI and Host, the connection goes to `address`. */
  readonly url: string;
  /** PEM roots that replace Node's, for a resolver of one's own. */
  readonly ca?: readonly string[];
}

/** Asks over HTTPS (POST). The certificate must be valid: a control with false answers is worse than none. */
export async function askHttps(step: Step, target: DohTarget, question: Question): Promise<Exchange> {
  const { request } = await import('node:https');
  const url = new URL(target.url);
  const message = encodeQuestion(question);
  return new Promise((resolve) => {
    const finish = (answer: DnsAnswer | null, failure: Failure | null, ignoredReplies = 0): void => {
      callOff();
      step.signal.removeEventListener('abort', onAbort);
      sent.on('error', () => undefined);
      sent.destroy();
      resolve({ answer, failure, ignoredReplies });
    };
    const sent = request({
      host: target.address,
      port: target.port,
      ...(net.isIP(url.hostname) === 0 ? { servername: url.hostname } : {}),
      path: `${url.pathname}${url.search}`,
      method: 'POST',
      agent: false,
      headers: {
        host: url.host,
        accept: 'application/dns-message',
        'content-type': 'application/dns-message',
        'content-length': String(message.length),
      },
      ...(target.ca === undefined ? {} : { ca: [...target.ca] }),
    });
    const onAbort = (): void => finish(null, step.interrupted());
    const callOff = afterPoll(step.left(), () => finish(null, step.timedOut('reply')));
    step.signal.addEventListener('abort', onAbort, { once: true });
    sent.on('error', (error) => finish(null, classifyError(error, 'dns_query')));
    sent.on('response', (response) => {
      const status = response.statusCode ?? 0;
      if (status !== 200) {
        finish(null, failureOf('dns_server_misbehaving', 'dns_query', String(status), `HTTP ${String(status)}`));
        return;
      }
      const body: Buffer[] = [];
      let size = 0;
      response.on('data', (bytes: Buffer) => {
        body.push(bytes);
        size += bytes.length;
        if (size > MAX_MESSAGE) finish(null, failureOf('response_too_large', 'dns_query', null, 'reply over 64 KiB'));
      });
      response.on('error', (error) => finish(null, classifyError(error, 'dns_query')));
      response.on('end', () => {
        const reply = readReply(Buffer.concat(body), question);
        if (typeof reply === 'string') finish(null, explain(reply), 1);
        else finish(reply, reply.failure);
      });
    });
    sent.end(message);
  });
}

/** Replies that were not ours. */
class Ignored {
  count = 0;
  #last: Mismatch | null = null;

  add(mismatch: Mismatch): number {
    this.#last = mismatch;
    this.count += 1;
    return this.count;
  }

  /** Why there is no answer, when all that came was wrong. */
  explain(): Failure | null {
    return this.#last === null ? null : explain(this.#last);
  }
}

function explain(mismatch: Mismatch): Failure {
  switch (mismatch) {
    case 'wrong_id':
      return failureOf('dns_reply_with_wrong_query_id', 'dns_query', null, 'only replies to other questions came');
    case 'undecodable':
      return failureOf('malformed_response', 'dns_query', null, 'the reply cannot be decoded');
    default:
      return failureOf('dns_server_misbehaving', 'dns_query', null, 'the reply does not repeat the question');
  }
}
