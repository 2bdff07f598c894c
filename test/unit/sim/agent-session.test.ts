import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCloud } from '../../../src/sim/cloud.js';
import { machineGuidOf } from '../../../src/sim/service/node-instance.js';
import type { SimCloud } from '../../../src/sim/types.js';
import {
  call,
  claimBody,
  claimNode,
  connectPacket,
  logIn,
  MqttPeer,
  PUBLIC_KEY_PEM,
} from '../../helpers/sim/agent-client.js';

const run = promisify(execFile);

/** docs/reference/agent.md#challenge-and-password: the Agent refuses a topic list that lacks one of these. */
const COMPULSORY_TOPICS = [
  'chart',
  'alarms',
  'meta',
  'inbox-cmd',
  'agent-connection',
  'inbox-cmd-v1',
  'create-node-instance',
  'node-instance-connection',
  'chart-and-dims-updated',
  'chart-configs-updated',
  'reset-charts',
  'chart-retention-updated',
  'node-instance-info',
  'alarm-log-v2',
  'alarm-checkpoint',
  'alarm-config',
  'alarm-snapshot-v2',
  'node-instance-collectors',
  'contexts-snapshot',
  'contexts-updated',
];

describe('a healthy simulated cloud', () => {
  let cloud: SimCloud;
  beforeAll(async () => {
    cloud = await startCloud();
  });
  afterAll(() => cloud.close());

  it('takes an Agent from the claim to an acknowledged publish', async () => {
    const node = await claimNode(cloud);
    const env = JSON.parse((await call(cloud, 'app', 'GET', '/api/v1/env?v=2.10.3&cap=proto,ctx')).text) as {
      authEndpoint: string;
      transports: { type: string; endpoint: string }[];
    };
    expect(new URL(env.authEndpoint).host).toBe(`api.netdata.cloud:${cloud.hosts.api.port}`);
    expect(env.transports[0]).toEqual({
      type: 'MQTTv5',
      endpoint: `wss://mqtt.netdata.cloud:${cloud.hosts.mqtt.port}/mqtt`,
    });

    const session = await logIn(cloud, node);
    const topic = (name: string): string =>
      session.topics.find((entry) => entry.name === name)!.topic.replace('#{claim_id}', node.claimId);
    const peer = await MqttPeer.open(cloud);
    peer.send(connectPacket(session, node.claimId));
    expect(await peer.next()).toMatchObject({ cmd: 'connack', reasonCode: 0 });

    for (const [messageId, name] of ['inbox-cmd', 'inbox-cmd-v1'].entries()) {
      peer.send({
        cmd: 'subscribe',
        messageId: messageId + 1,
        subscriptions: [{ topic: topic(name), qos: 1, nl: false, rap: true, rh: 0 }],
      });
      expect(await peer.next()).toMatchObject({ cmd: 'suback', messageId: messageId + 1, granted: [1] });
    }

    for (let messageId = 10; messageId < 13; messageId++) {
      peer.send({
        cmd: 'publish',
        topic: topic('agent-connection'),
        qos: 1,
        messageId,
        dup: false,
        retain: false,
        payload: Buffer.from([1, 2, 3]),
      });
      expect(await peer.next()).toMatchObject({ cmd: 'puback', messageId });
    }
    peer.send({ cmd: 'pingreq' });
    expect(await peer.next()).toMatchObject({ cmd: 'pingresp' });
    peer.close();
    await cloud.waitFor('mqtt_will');
    expect(cloud.events.filter((event) => event.type === 'mqtt_publish')).toHaveLength(3);
  });

  it('gives the asking node an id of its own on the inbox topic', async () => {
    const node = await claimNode(cloud);
    const session = await logIn(cloud, node);
    const peer = await MqttPeer.open(cloud);
    peer.send(connectPacket(session, node.claimId));
    await peer.next();
    const inbox = session.topics
      .find((entry) => entry.name === 'inbox-cmd-v1')!
      .topic.replace('#{claim_id}', node.claimId);
    peer.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: inbox, qos: 1 }] });
    await peer.next();
    const machineGuid = randomUUID();
    const create = session.topics.find((entry) => entry.name === 'create-node-instance')!.topic;
    const field = (number: number, text: string): Buffer =>
      Buffer.concat([Buffer.from([(number << 3) | 2, text.length]), Buffer.from(text)]);
    peer.send({
      cmd: 'publish',
      topic: create.replace('#{claim_id}', node.claimId),
      qos: 1,
      messageId: 2,
      dup: false,
      retain: false,
      payload: Buffer.concat([field(1, node.claimId), field(2, machineGuid), field(3, 'lab-host')]),
    });
    expect(await peer.next()).toMatchObject({ cmd: 'puback', messageId: 2 });
    const result = await peer.next();
    // The Agent takes the name of a message from the last level of its topic.
    expect(result).toMatchObject({
      cmd: 'publish',
      qos: 1,
      topic: expect.stringMatching(/\/CreateNodeInstanceResult$/),
    });
    const payload = (result as { payload: Buffer }).payload;
    expect(machineGuidOf(payload)).toBe(machineGuid);
    peer.close();
  });

  it('resolves topic aliases, as the Agent uses them', async () => {
    const node = await claimNode(cloud);
    const peer = await MqttPeer.open(cloud);
    peer.send(connectPacket(await logIn(cloud, node), node.claimId));
    expect(await peer.next()).toMatchObject({ properties: { topicAliasMaximum: 100 } });
    const publish = { cmd: 'publish', qos: 1, dup: false, retain: false, payload: Buffer.from('x') } as const;
    peer.send({ ...publish, topic: 'aliased/topic', messageId: 1, properties: { topicAlias: 7 } });
    peer.send({ ...publish, topic: '', messageId: 2, properties: { topicAlias: 7 } });
    await peer.next();
    await peer.next();
    expect(
      cloud.events.filter((event) => event.type === 'mqtt_publish' && event.topic === 'aliased/topic'),
    ).toHaveLength(2);
    peer.send({ ...publish, topic: '', messageId: 3, properties: { topicAlias: 8 } });
    expect(await peer.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x82 });
    peer.close();
  });

  it('reads packets however they are spread over frames', async () => {
    const node = await claimNode(cloud);
    const session = await logIn(cloud, node);
    const peer = await MqttPeer.open(cloud);
    const { generate } = await import('mqtt-packet');
    const connect = generate(connectPacket(session, node.claimId), { protocolVersion: 5 });
    const both = Buffer.concat([connect, Buffer.from([0xc0, 0]), Buffer.from([0xc0, 0])]);
    for (let at = 0; at < both.length; at += 7) peer.sendBytes(both.subarray(at, at + 7));
    expect(await peer.next()).toMatchObject({ cmd: 'connack', reasonCode: 0 });
    expect(await peer.next()).toMatchObject({ cmd: 'pingresp' });
    expect(await peer.next()).toMatchObject({ cmd: 'pingresp' });
    peer.close();
  });

  it('hands out every compulsory topic, each with the claim id in it', async () => {
    const session = await logIn(cloud, await claimNode(cloud));
    for (const name of COMPULSORY_TOPICS) {
      expect(session.topics.find((entry) => entry.name === name)?.topic, name).toContain('#{claim_id}');
    }
  });

  it('refuses throw-away credentials with 134, and none at all with 135', async () => {
    for (const [username, reasonCode] of [
      ['nobody', 134],
      [undefined, 135],
    ] as const) {
      const peer = await MqttPeer.open(cloud);
      peer.send({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 5,
        clean: true,
        keepalive: 60,
        clientId: 'netdata-egress-probe',
        ...(username === undefined ? {} : { username, password: Buffer.from('wrong') }),
      });
      expect(await peer.next()).toMatchObject({ cmd: 'connack', reasonCode });
      expect(await peer.next()).toBeNull();
      expect(peer.closed).toBe(true);
    }
  });

  it('answers unknown nodes and wrong answers with an error document', async () => {
    const stranger = await call(cloud, 'api', 'GET', `/api/v1/auth/node/${randomUUID()}/challenge`);
    expect(stranger.status).toBe(404);
    const node = await claimNode(cloud);
    const base = `/api/v1/auth/node/${node.claimId}`;
    await call(cloud, 'api', 'GET', `${base}/challenge`);
    const wrong = await call(cloud, 'api', 'POST', `${base}/password`, {
      response: Buffer.alloc(32).toString('base64'),
    });
    expect(wrong.status).toBe(403);
    for (const reply of [stranger, wrong]) {
      expect(JSON.parse(reply.text)).toEqual({
        errorCode: expect.any(String),
        errorMsgKey: expect.any(String),
        errorMessage: expect.any(String),
      });
    }
  });

  it('gives challenges that are 256 bytes in 344 characters', async () => {
    const node = await claimNode(cloud);
    const reply = await call(cloud, 'api', 'GET', `/api/v1/auth/node/${node.claimId}/challenge`);
    const { challenge } = JSON.parse(reply.text) as { challenge: string };
    expect(challenge).toHaveLength(344);
    expect(Buffer.from(challenge, 'base64')).toHaveLength(256);
  });

  it.each([
    [
      'a node id that is not the one in the path',
      { node: { id: randomUUID(), hostname: 'h' } },
      422,
      'ErrInvalidNodeID',
    ],
    ['no host name', { node: { hostname: '' } }, 422, 'ErrInvalidNodeName'],
    ['no token', { token: undefined }, 403, 'ErrForbidden'],
    ['a token with a line end', { token: 'abc\n' }, 403, 'ErrForbidden'],
    ['an empty room', { rooms: [''] }, 422, 'ErrInvalidRoomID'],
    ['no RSA key', { publicKey: 'none' }, 422, 'ErrInvalidPublicKey'],
  ])('refuses a claim with %s', async (_what, change, status, errorMsgKey) => {
    const claimId = randomUUID();
    const body = claimBody(claimId);
    const node = 'node' in change ? { id: claimId, ...change.node } : body['node'];
    const reply = await call(cloud, 'app', 'PUT', `/api/v1/spaces/nodes/${claimId}`, { ...body, ...change, node });
    expect(reply.status).toBe(status);
    expect(JSON.parse(reply.text)).toMatchObject({ errorMsgKey });
  });

  it('refuses to claim the same node twice', async () => {
    const claimId = randomUUID();
    const path = `/api/v1/spaces/nodes/${claimId}`;
    expect((await call(cloud, 'app', 'PUT', path, claimBody(claimId))).status).toBe(204);
    expect((await call(cloud, 'app', 'PUT', path, claimBody(claimId))).status).toBe(409);
  });

  it('satisfies curl with its own trust store file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sim-curl-'));
    try {
      const ca = join(directory, 'ca.pem');
      const body = join(directory, 'claim.json');
      const claimId = randomUUID();
      await writeFile(ca, cloud.caPem);
      await writeFile(body, JSON.stringify(claimBody(claimId)));
      const { port } = cloud.hosts.app;
      const { stdout } = await run('curl', [
        '--silent',
        '--show-error',
        '--noproxy',
        '*',
        '--cacert',
        ca,
        '--resolve',
        `app.netdata.cloud:${port}:127.0.0.1`,
        '--request',
        'PUT',
        '--header',
        'Content-Type: application/json',
        '--data-binary',
        `@${body}`,
        '--write-out',
        '%{http_code} %{ssl_verify_result}',
        `${cloud.baseUrl}/api/v1/spaces/nodes/${claimId}`,
      ]);
      expect(stdout).toBe('204 0');
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

it('lets a node that claimed earlier come back', async () => {
  const claimId = randomUUID();
  const cloud = await startCloud({ nodes: [{ claimId, publicKey: PUBLIC_KEY_PEM }] });
  try {
    const reply = await call(cloud, 'api', 'GET', `/api/v1/auth/node/${claimId}/challenge`);
    expect(reply.status).toBe(200);
  } finally {
    await cloud.close();
  }
});
