/**
 * The cloud's API: which answer a request gets when nothing is in the way (docs/reference/agent.md#claim,
 * #the-clouds-api).
 */
import { htmlAnswer, jsonAnswer, type HttpAnswer, type HttpRequest } from '../http/message.js';
import type { EventFacts } from '../event-log.js';
import type { FaultEffect } from '../faults/fault.js';
import { claim, parseObject, text } from './claim.js';
import { envDocument, errorAnswer, topicList, type Endpoints } from './documents.js';
import type { Nodes } from './nodes.js';

export interface RouterContext {
  readonly nodes: Nodes;
  readonly endpoints: Endpoints;
  /** Fault on the /env document, or null. */
  readonly bendEnv: FaultEffect['env'] | null;
  readonly log: (event: EventFacts) => void;
}

export function route(request: HttpRequest, context: RouterContext): HttpAnswer {
  const url = parseTarget(request.path);
  if (url === null) return notFound();
  const claimed = /\/api\/v1\/spaces\/nodes\/([^/]*)$/.exec(url.pathname);
  if (claimed) return claim(request, claimed[1] ?? '', context.nodes, context.log);
  if (url.pathname === '/api/v1/env') return env(url, context);
  const auth = /^\/api\/v1\/auth\/node\/([^/]+)\/(challenge|password)$/.exec(url.pathname);
  if (auth) {
    const claimId = auth[1] ?? '';
    return auth[2] === 'challenge' ? challenge(claimId, context) : password(request, claimId, context);
  }
  if (request.role === 'mqtt' && url.pathname === '/mqtt') {
    return { ...jsonAnswer(426, { errorMessage: 'upgrade required' }), headers: [['Upgrade', 'websocket']] };
  }
  if (request.role === 'app' && url.pathname === '/') {
    return htmlAnswer(200, '<!DOCTYPE html><html><head><title>Netdata Cloud (simulated)</title></head></html>\n');
  }
  return notFound();
}

function env(url: URL, context: RouterContext): HttpAnswer {
  const document = envDocument(context.endpoints);
  const bent = context.bendEnv ? context.bendEnv(document) : document;
  context.log({ type: 'env', status: 200, claimId: url.searchParams.get('claim_id') });
  return typeof bent === 'string'
    ? { status: 200, headers: [['Content-Type', 'application/json']], body: bent }
    : jsonAnswer(200, bent);
}

function challenge(claimId: string, context: RouterContext): HttpAnswer {
  const ciphertext = context.nodes.challenge(claimId);
  context.log({ type: 'challenge', claimId, status: ciphertext === null ? 404 : 200 });
  return ciphertext === null ? unknownNode() : jsonAnswer(200, { challenge: ciphertext });
}

function password(request: HttpRequest, claimId: string, context: RouterContext): HttpAnswer {
  const body = parseObject(request.body.toString());
  const response = text(body?.['response']);
  const minted = response === null ? null : context.nodes.answer(claimId, response);
  context.log({
    type: 'password',
    claimId,
    status: minted === null ? 403 : 201,
    agentVersion: text(body?.['agent_version']),
  });
  if (minted === null) {
    return context.nodes.isClaimed(claimId)
      ? errorAnswer(403, { code: 'FORBIDDEN', key: 'ErrInvalidChallengeResponse', message: 'the answer is wrong' })
      : unknownNode();
  }
  return jsonAnswer(201, {
    clientID: minted.clientId,
    username: minted.username,
    password: minted.password,
    topics: topicList(),
  });
}

function unknownNode(): HttpAnswer {
  return errorAnswer(404, { code: 'NOT_FOUND', key: 'ErrNodeNotFound', message: 'no such node' });
}

function notFound(): HttpAnswer {
  return errorAnswer(404, { code: 'NOT_FOUND', key: 'ErrNotFound', message: 'no such resource' });
}

function parseTarget(target: string): URL | null {
  try {
    return new URL(target, 'https://simulation.invalid');
  } catch {
    return null;
  }
}
