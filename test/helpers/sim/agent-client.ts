/**
 * What an Agent does towards the cloud, step by step, built on `ws` and `mqtt-packet` so that it shares nothing with the
 * simulation: claim, /env, challenge, password, upgrade, CONNECT.
 */
import { constants, generateKeyPairSync, privateDecrypt, randomUUID, type KeyObject } from 'node:crypto';
import { request } from 'node:https';
import * as mqttPacket from 'mqtt-packet';
import type { Packet } from 'mqtt-packet';
import { WebSocket, type ClientOptions } from 'ws';
import type { HostRole, SimCloud } from '../../../src/sim/types.js';

export interface Reply {
  readonly status: number;
  readonly text: string;
}

export async function call(
  cloud: SimCloud,
  role: HostRole,
  method: string,
  path: string,
  body?: unknown,
): Promise<Reply> {
  const { name, port, addresses } = cloud.hosts[role];
  return await new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: addresses[0] ?? '127.0.0.1',
        port,
        servername: name,
        ca: cloud.caPem,
        method,
        path,
        agent: false,
        headers: { Host: name },
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => (text += chunk));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
        answer.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

export interface ClaimedNode {
  readonly claimId: string;
  readonly privateKey: KeyObject;
}

// 2048 bits take their time: one key serves every test of a file.
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const PUBLIC_KEY_PEM = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();

export function claimBody(claimId: string): Readonly<Record<string, unknown>> {
  return {
    node: { id: claimId, hostname: 'lab-host' },
    token: 'simulated-token',
    rooms: [randomUUID()],
    publicKey: PUBLIC_KEY_PEM,
    mGUID: randomUUID(),
  };
}

export async function claimNode(cloud: SimCloud): Promise<ClaimedNode> {
  const claimId = randomUUID();
  const reply = await call(cloud, 'app', 'PUT', `/api/v1/spaces/nodes/${claimId}`, claimBody(claimId));
  if (reply.status !== 204) throw new Error(`claim answered ${reply.status}: ${reply.text}`);
  return { claimId, privateKey: keys.privateKey };
}

export interface Session {
  readonly clientID: string;
  readonly username: string;
  readonly password: string;
  readonly topics: readonly { readonly name: string; readonly topic: string }[];
}

/** Challenge and password, as docs/reference/agent.md#challenge-and-password has it. */
export async function logIn(cloud: SimCloud, node: ClaimedNode): Promise<Session> {
  const base = `/api/v1/auth/node/${node.claimId}`;
  const challenge = await call(cloud, 'api', 'GET', `${base}/challenge`);
  const { challenge: ciphertext } = JSON.parse(challenge.text) as { challenge: string };
  const plaintext = privateDecrypt(
    { key: node.privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' },
    Buffer.from(ciphertext, 'base64'),
  );
  const password = await call(cloud, 'api', 'POST', `${base}/password`, {
    agent_version: 'v2.10.3',
    response: plaintext.toString('base64'),
  });
  if (password.status !== 201) throw new Error(`password answered ${password.status}: ${password.text}`);
  return JSON.parse(password.text) as Session;
}

/** An upgraded connection that speaks MQTT 5 through mqtt-packet. */
export class MqttPeer {
  readonly #socket: WebSocket;
  readonly #parser = mqttPacket.parser({ protocolVersion: 5 });
  readonly #queue: Packet[] = [];
  #wake: (() => void) | null = null;
  closed = false;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#parser.on('packet', (packet) => {
      this.#queue.push(packet);
      this.#wake?.();
    });
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.#parser.parse(data);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
      this.#wake?.();
    });
  }

  static async open(cloud: SimCloud): Promise<MqttPeer> {
    const { name, port, addresses } = cloud.hosts.mqtt;
    // `servername` reaches tls.connect; the types of ws leave it out.
    const options: ClientOptions & { servername: string } = {
      ca: cloud.caPem,
      servername: name,
      headers: { Host: name },
      perMessageDeflate: false,
      origin: '',
    };
    const socket = new WebSocket(`wss://${addresses[0] ?? '127.0.0.1'}:${port}/mqtt`, ['mqtt'], options);
    const peer = new MqttPeer(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
      socket.once('unexpected-response', (_request, answer) =>
        reject(new Error(`upgrade answered ${answer.statusCode}`)),
      );
    });
    return peer;
  }

  send(packet: Packet): void {
    this.sendBytes(mqttPacket.generate(packet, { protocolVersion: 5 }));
  }

  sendBytes(bytes: Buffer): void {
    this.#socket.send(bytes, { binary: true });
  }

  /** Next packet; null when the connection closed or nothing came in time. */
  async next(timeoutMs = 2000): Promise<Packet | null> {
    const deadline = performance.now() + timeoutMs;
    while (this.#queue.length === 0) {
      const left = deadline - performance.now();
      if (this.closed || left <= 0) return null;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#queue.shift() ?? null;
  }

  close(): void {
    this.#socket.terminate();
  }
}

/** CONNECT as the Agent sends it (docs/reference/agent.md#mqtt). */
export function connectPacket(session: Session, claimId: string): Packet {
  const topic = session.topics.find((entry) => entry.name === 'agent-connection')?.topic ?? 'lwt';
  return {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 5,
    clean: true,
    keepalive: 60,
    clientId: session.clientID,
    username: session.username,
    password: Buffer.from(session.password),
    properties: { topicAliasMaximum: 65_535 },
    will: { topic: topic.replace('#{claim_id}', claimId), payload: Buffer.from([8, 1]), qos: 2, retain: false },
  };
}
