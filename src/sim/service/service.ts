/** Everything behind TLS: the API, the upgrade and the broker, and the faults on each. */
import type { IncomingMessage } from 'node:http';
import type { EdgeConnection } from '../edge/connection.js';
import type { EventLog } from '../event-log.js';
import type { LinkEffect, MqttEffect } from '../faults/fault.js';
import type { FaultSet } from '../faults/fault-set.js';
import { plainFrame, type HttpAnswer, type HttpRequest, type WireScript } from '../http/message.js';
import { play } from '../http/play.js';
import { HttpFront } from '../http/server.js';
import { REASON } from '../mqtt/reason.js';
import { MqttSession } from '../mqtt/session.js';
import { randomUuid, type RandomBytes } from '../seeded-random.js';
import type { HostRole } from '../types.js';
import { acceptUpgrade } from '../ws/link.js';
import { topicOf, type Endpoints } from './documents.js';
import { machineGuidOf, nodeInstanceResult } from './node-instance.js';
import type { Nodes } from './nodes.js';
import { route } from './router.js';

export interface ServiceOptions {
  readonly faults: FaultSet;
  readonly log: EventLog;
  readonly random: RandomBytes;
  readonly nodes: Nodes;
  readonly roleOfName: (name: string) => HostRole | null;
}

export class Service {
  readonly #options: ServiceOptions;
  readonly #front: HttpFront;
  readonly #sessions = new Map<string, MqttSession>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #endpoints: Endpoints = { auth: '', mqtt: '' };

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#front = new HttpFront({
      roleOfName: options.roleOfName,
      onRequest: (request, connection) => this.#onRequest(request, connection),
      onUpgrade: (request, connection, message, head) => this.#onUpgrade(request, connection, message, head),
    });
  }

  /** Ports are known only after listening. */
  setEndpoints(endpoints: Endpoints): void {
    this.#endpoints = endpoints;
  }

  serve(connection: EdgeConnection): void {
    this.#front.serve(connection);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const session of this.#sessions.values()) session.transportClosed();
  }

  #onRequest(request: HttpRequest, connection: EdgeConnection): void {
    this.#logRequest(request, connection);
    this.#reply(request, connection, this.#middlebox(request, connection) ?? this.#route(request, connection));
  }

  #onUpgrade(request: HttpRequest, connection: EdgeConnection, message: IncomingMessage, head: Buffer): void {
    this.#logRequest(request, connection);
    const { faults, log } = this.#options;
    const page = this.#middlebox(request, connection);
    if (page !== null) return this.#reply(request, connection, page);
    for (const { spec, value } of faults.effects(request.role, 'upgrade')) {
      const script = value(request);
      if (script === null) continue;
      log.add(connection.remote, { type: 'fault', fault: spec, host: request.role });
      log.add(connection.remote, { type: 'ws_upgrade', role: request.role, status: statusOf(script) });
      play(connection, script);
      return;
    }
    const isWebSocket = /^websocket$/i.test(message.headers.upgrade ?? '');
    if (request.role !== 'mqtt' || request.path.split('?')[0] !== '/mqtt' || !isWebSocket) {
      return this.#reply(request, connection, this.#route(request, connection));
    }
    log.add(connection.remote, { type: 'ws_upgrade', role: request.role, status: 101 });
    this.#accept(connection, message, head, request.role);
  }

  #accept(connection: EdgeConnection, message: IncomingMessage, head: Buffer, role: HostRole): void {
    const { faults, nodes, log } = this.#options;
    const linkEffect: LinkEffect = Object.assign({}, ...faults.effects(role, 'link').map(({ value }) => value));
    const mqttEffect: MqttEffect = Object.assign({}, ...faults.effects(role, 'mqtt').map(({ value }) => value));
    acceptUpgrade(connection, message, head, linkEffect, (link) => {
      const session = new MqttSession({
        effects: mqttEffect,
        send: link.send,
        close: link.close,
        log: (event) => log.add(connection.remote, event),
        authenticate: (clientId, username, password) => nodes.authenticate(clientId, username, password),
        takeOver: (clientId, newer) => {
          this.#sessions.get(clientId)?.end(REASON.SESSION_TAKEN_OVER);
          this.#sessions.set(clientId, newer);
        },
        onPublish: (claimId, topic, payload, from) => this.#onPublish(claimId, topic, payload, from),
      });
      return {
        receive: (bytes) => session.receive(bytes),
        closed: () => {
          session.transportClosed();
          for (const [clientId, known] of this.#sessions) if (known === session) this.#sessions.delete(clientId);
        },
      };
    });
  }

  #onPublish(claimId: string, topic: string, payload: Buffer, session: MqttSession): void {
    if (topic !== topicOf('create-node-instance', claimId)) return;
    const machineGuid = machineGuidOf(payload);
    if (machineGuid === null) return;
    const inbox = topicOf('inbox-cmd-v1', claimId).replace(/\+$/, 'CreateNodeInstanceResult');
    session.publish(inbox, nodeInstanceResult(randomUuid(this.#options.random), machineGuid));
  }

  /** What answers instead of the service, or null. */
  #middlebox(request: HttpRequest, connection: EdgeConnection): HttpAnswer | null {
    for (const { spec, value } of this.#options.faults.effects(request.role, 'http')) {
      const answer = value(request);
      if (answer === null) continue;
      this.#options.log.add(connection.remote, { type: 'fault', fault: spec, host: request.role });
      return answer;
    }
    return null;
  }

  #route(request: HttpRequest, connection: EdgeConnection): HttpAnswer {
    return route(request, {
      nodes: this.#options.nodes,
      endpoints: this.#endpoints,
      bendEnv: this.#options.faults.effect(request.role, 'env')?.value ?? null,
      log: (event) => this.#options.log.add(connection.remote, event),
    });
  }

  #reply(request: HttpRequest, connection: EdgeConnection, answer: HttpAnswer): void {
    const { faults } = this.#options;
    let script = plainFrame(answer);
    for (const { value } of faults.effects(request.role, 'frame')) script = value(answer, request) ?? script;
    if (request.method === 'HEAD') script = withoutBody(script);
    const delayMs = faults.effect(request.role, 'httpDelayMs')?.value ?? 0;
    if (delayMs === 0) return play(connection, script);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      play(connection, script);
    }, delayMs);
    this.#timers.add(timer);
  }

  #logRequest(request: HttpRequest, connection: EdgeConnection): void {
    const { role, method, path, headers } = request;
    this.#options.log.add(connection.remote, { type: 'http_request', role, method, path, headers });
  }
}

/** RFC 9110 §9.3.2. */
function withoutBody(script: WireScript): WireScript {
  const all = script.parts.map((part) => part.bytes).join('');
  const end = all.indexOf('\r\n\r\n');
  return end === -1 ? script : { ...script, parts: [{ bytes: all.slice(0, end + 4) }] };
}

function statusOf(script: WireScript): number {
  return Number(/^HTTP\/\d\.\d (\d{3})/.exec(script.parts[0]?.bytes ?? '')?.[1] ?? 0);
}
