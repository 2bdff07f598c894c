import { describe, expect, it } from 'vitest';
import { LEGS, type Leg } from '../../../src/model/route.js';
import {
  ADDRESS,
  answer,
  blamed,
  certificate,
  control,
  ENV_ANSWER,
  failure,
  GENUINE,
  htmlAnswer,
  jsonAnswer,
  judgedBy,
  SILENT,
  tell,
  upgradeHead,
  walkLegs,
  world,
  type LegOver,
  type RawAnswer,
  type World,
} from './world.js';

const ERROR = JSON.stringify({ errorCode: 'x', errorMsgKey: 'ErrInternal', errorMessage: 'oops' });

/** These legs get this answer. */
function answered(raw: RawAnswer, legs: readonly Leg[] = ['claim', 'env'], more: Partial<LegOver> = {}): World {
  return walkLegs(
    world(),
    Object.fromEntries(
      legs.map((leg) => [leg, { ...more, answer: (steps, way) => void steps.httpAnswer(way, raw) } satisfies LegOver]),
    ),
  );
}

/** A filter that opens TLS, with a CA that this host was given: under the cloud's own certificate nobody else can answer. */
const OPENED: Partial<LegOver> = {
  tls: { judgements: judgedBy('claim', 'link', 'system'), chain: [certificate({ issuer: 'CN=Corp CA' })] },
};

function browser(run: World, leg: Leg, raw: RawAnswer): void {
  const steps = control(run, 'browser_like', leg, { dialect: 'browser' });
  const way = steps.connectOk(ADDRESS[leg]);
  steps.tlsOk(way, GENUINE);
  steps.httpAnswer(way, raw);
}

const redirect = (to: string): RawAnswer => answer('302 Found', '', [`Location: ${to}`]);

describe('answers that are not the service', () => {
  it('http.captive_portal: every host redirects to a login', () => {
    const run = walkLegs(
      world(),
      Object.fromEntries(
        LEGS.map((leg) => [
          leg,
          {
            answer: (steps, way) => {
              if (leg === 'link') steps.upgrade(way, redirect('http://portal.hotel.example/login').head);
              else steps.httpAnswer(way, redirect('http://portal.hotel.example/login'));
            },
          } satisfies LegOver,
        ]),
      ),
    );
    const told = tell(run);
    expect(blamed(told)).toEqual(['http.captive_portal']);
    expect(told.finding('http.captive_portal').confidence).toBe('certain');
    expect(told.finding('http.captive_portal').subject.hosts).toHaveLength(3);
  });

  it('http.unexpected_answer, not http.captive_portal: what redaction put in the place of a login', () => {
    const told = tell(answered(htmlAnswer('200 OK', 'App for [hidden: proxy login]***')));
    expect(blamed(told)).toEqual(['http.unexpected_answer']);
  });

  it('http.unexpected_answer, not http.captive_portal: a redirect within the same site', () => {
    const told = tell(answered(redirect('https://www.netdata.cloud/')));
    expect(blamed(told)).toEqual(['http.unexpected_answer']);
    expect(told.ids).not.toContain('http.captive_portal');
  });

  it('http.blocked_page: a 403 page', () => {
    const told = tell(answered(htmlAnswer('403 Forbidden', 'Access Denied'), undefined, OPENED));
    expect(blamed(told)).toEqual(['http.blocked_page']);
    expect(told.finding('http.blocked_page').why).toContain('"Access Denied"');
    expect(told.ids).not.toContain('http.unexpected_answer');
  });

  it('http.blocked_page: names the vendor by its page, also with status 200', () => {
    const raw = answer(
      '200 OK',
      '<html><head><title>FortiGuard Intrusion Prevention - Access Blocked</title></head></html>',
      ['Content-Type: text/html'],
    );
    const told = tell(answered(raw));
    expect(blamed(told)).toEqual(['http.blocked_page']);
    expect(told.finding('http.blocked_page')).toMatchObject({ confidence: 'certain', data: { vendorId: 'fortinet' } });
  });

  it('http.blocked_page: the same page for the upgrade is the same cause', () => {
    const page = htmlAnswer('403 Forbidden', 'Access Denied');
    const run = answered(page, ['claim', 'env', 'auth'], OPENED);
    const link = run.seen.observations.findIndex((seen) => seen.operation === 'websocket_upgrade');
    const seen = run.seen.observations[link];
    if (seen?.operation !== 'websocket_upgrade') throw new Error('no upgrade');
    run.seen.observations[link] = {
      ...seen,
      status: 403,
      rawHead: page.head,
      bodyExcerpt: page.body,
      acceptedByRfc: false,
    };
    const told = tell(run);
    expect(blamed(told)).toEqual(['http.blocked_page']);
    expect(told.finding('http.blocked_page').hides).toContain('ws.rejected');
  });

  it('http.unexpected_answer, not http.blocked_page: some page that blocks nothing', () => {
    const told = tell(answered(htmlAnswer('200 OK', 'Welcome to nginx')));
    expect(blamed(told)).toEqual(['http.unexpected_answer']);
  });

  it('cloud.error: a genuine 5xx', () => {
    const told = tell(answered(jsonAnswer('503 Service Unavailable', ERROR)));
    expect(blamed(told)).toEqual(['cloud.error']);
    expect(told.finding('cloud.error')).toMatchObject({ blames: 'cloud', confidence: 'certain' });
    expect(told.ids).not.toContain('http.blocked_page');
  });

  it('cloud.error: what the document orders the Agent to do (docs/reference/agent.md#error-document)', () => {
    const ordered = (more: object) => {
      const body = JSON.stringify({ ...(JSON.parse(ERROR) as object), ...more });
      return tell(answered(jsonAnswer('403 Forbidden', body), ['env'])).finding('cloud.error');
    };
    const banned = ordered({ errorNonRetryable: true });
    expect(banned.why).toContain('reports "banned"');
    expect(banned.remedies.some(({ needsRestart }) => needsRestart)).toBe(true);
    expect(ordered({ errorRetryDelaySeconds: 900 }).why).toContain('to wait 900 s');
    const plain = ordered({ errorNonRetryable: false, errorRetryDelaySeconds: 0 });
    expect(plain.why).not.toMatch(/banned|to wait/);
    expect(plain.remedies.some(({ needsRestart }) => needsRestart)).toBe(false);
    // A wrong type makes the Agent ignore both.
    expect(ordered({ errorNonRetryable: true, errorRetryDelaySeconds: '9' }).why).not.toMatch(/banned|to wait/);
  });

  it('http.blocked_page, not cloud.error: a 503 with the marks of a proxy', () => {
    const raw = answer('503 Service Unavailable', '<html><head><title>ERROR</title></head></html>', [
      'Content-Type: text/html',
      'X-Squid-Error: ERR_CONNECT_FAIL 110',
    ]);
    expect(blamed(tell(answered(raw, undefined, OPENED)))).toEqual(['http.blocked_page']);
  });

  it.each(['403 Forbidden', '429 Too Many Requests', '503 Service Unavailable', '451 Unavailable'])(
    'cloud.*, not http.blocked_page: a page with %s under the cloud’s own certificate',
    (status) => {
      const told = tell(answered(htmlAnswer(status, 'Access denied by policy')));
      const id = status.startsWith('429') ? 'cloud.rate_limited' : 'cloud.error';
      expect(blamed(told)).toEqual([id]);
      expect(told.finding(id)).toMatchObject({ blames: 'cloud', confidence: 'certain' });
      expect(told.finding(id).remedies.map(({ who }) => who)).not.toContain('proxy');
    },
  );

  it('cloud.rate_limited: a page under a certificate of the host’s own CA is only likely the cloud’s', () => {
    const told = tell(answered(htmlAnswer('429 Too Many Requests', 'Slow down'), undefined, OPENED));
    expect(blamed(told)).toEqual(['cloud.rate_limited']);
    expect(told.finding('cloud.rate_limited').confidence).toBe('likely');
  });

  it('cloud.rate_limited is silent where 429 comes under a certificate that nobody here trusts', () => {
    const tls = { judgements: judgedBy(), chain: [certificate({ issuer: 'CN=Corp CA' })] };
    const told = tell(answered(htmlAnswer('429 Too Many Requests', 'Slow down'), undefined, { tls }));
    expect(told.ids).not.toContain('cloud.rate_limited');
    expect(told.ids).not.toContain('cloud.error');
  });

  it.each([
    ['https://gateway.zscalertwo.net/auD?origurl=https%3A%2F%2Fapp.netdata.cloud', 'zscaler'],
    ['https://login.zscaler.net/sso', 'zscaler'],
    ['https://block.opendns.com/main?url=x', 'cisco_umbrella'],
    ['https://gateway.id.swg.umbrella.com/saml', 'cisco_umbrella'],
    ['https://corp.eu.goskope.com/nsauth/login', 'netskope'],
    ['https://corp.cloudflareaccess.com/cdn-cgi/access/login', 'cloudflare_gateway'],
    ['https://corp.cloudflare-gateway.com/?id=1', 'cloudflare_gateway'],
    ['https://pac.ibosscloud.com/login', 'iboss'],
    ['https://proxy.corp.example:15871/cgi-bin/blockpage.cgi?ws-session=1', 'forcepoint'],
    ['http://192.0.2.1:1000/fgtauth?0123', 'fortinet'],
    ['https://192.0.2.1:6082/php/uid.php?vsys=1', 'palo_alto'],
    ['https://passthrough.fw-notify.net/static', 'sophos'],
    ['http://bcs.barracudanetworks.com/block', 'barracuda'],
    ['https://cfp.smoothwall.net/block', 'smoothwall'],
    ['https://block.lsfilter.com/?u=x', 'lightspeed'],
    ['https://web.filter.corp.example/blocked?cat=7', null],
    ['http://192.0.2.9/access-denied.html', null],
  ])('http.blocked_page, not http.captive_portal: a redirect to %s', (to, vendorId) => {
    const told = tell(answered(redirect(to)));
    expect(blamed(told)).toEqual(['http.blocked_page']);
    expect(told.finding('http.blocked_page').data).toMatchObject({ vendorId });
    expect(told.finding('http.blocked_page').blames).toBe('proxy');
  });

  it('http.blocked_page: the port answers in plain text with a redirect to a filter', () => {
    const bytes = 'HTTP/1.1 302 Found\r\nLocation: https://gateway.zscaler.net/auD?x\r\n\r\n';
    const tls = { failure: failure('ssl_not_tls', 'tls_handshake'), rawFirstBytes: bytes, chain: [] };
    const told = tell(walkLegs(world(), { all: { tls } }));
    expect(blamed(told)[0]).toBe('http.blocked_page');
    expect(told.ids).not.toContain('http.captive_portal');
  });

  it.each(['http://portal.hotel.example/login', 'https://wifi.blocker-cafe.example/welcome'])(
    'http.captive_portal, not http.blocked_page: a redirect to %s',
    (to) => {
      expect(blamed(tell(answered(redirect(to))))).toEqual(['http.captive_portal']);
    },
  );

  it('a 404 of the service to the question for an unknown node is fine', () => {
    expect(tell(answered(jsonAnswer('404 Not Found', ERROR), ['auth'])).ids).toEqual([]);
  });
});

describe('answers that the Agent cannot read', () => {
  const stained = (line: string): RawAnswer => ({
    ...ENV_ANSWER,
    head: ENV_ANSWER.head.replace('\r\n\r\n', `\r\n${line}\r\n\r\n`),
  });

  it('http.agent_cannot_parse: no space behind a colon, with the line', () => {
    const told = tell(answered(stained('X-Cache:MISS'), ['env'], { tls: GENUINE }));
    expect(blamed(told)).toEqual(['http.agent_cannot_parse']);
    expect(told.finding('http.agent_cannot_parse')).toMatchObject({
      confidence: 'certain',
      data: { rule: 'http.separator_missing' },
    });
    expect(told.finding('http.agent_cannot_parse').why).toContain('X-Cache:MISS');
  });

  it('the same answer on the claim is fine: libcurl reads it, http.agent_cannot_parse is silent', () => {
    expect(tell(answered(stained('X-Cache:MISS'), ['claim'])).ids).toEqual([]);
  });

  it('http.blocked_page, not http.agent_cannot_parse: a page with such a header', () => {
    const page = htmlAnswer('403 Forbidden', 'Blocked');
    const told = tell(
      answered({ ...page, head: page.head.replace('\r\n\r\n', '\r\nX-Filter:yes\r\n\r\n') }, ['env'], OPENED),
    );
    expect(blamed(told)).toEqual(['http.blocked_page']);
    expect(told.finding('http.blocked_page').hides).toContain('http.agent_cannot_parse');
  });

  it('http.closed_with_answer: the end comes with the answer: a risk', () => {
    const run = walkLegs(world(), {
      env: { answer: (steps, way) => void steps.httpAnswer(way, ENV_ANSWER, { closedAfterMs: 1 }) },
    });
    const told = tell(run);
    expect(blamed(told)).toEqual(['http.closed_with_answer']);
    expect(told.finding('http.closed_with_answer').severity).toBe('risks');
    expect(told.exitCode).toBe(0);
    expect(tell({ ...run, strict: true }).exitCode).toBe(4);
  });

  it('a close much later is fine: http.closed_with_answer is silent', () => {
    const run = walkLegs(world(), {
      env: { answer: (steps, way) => void steps.httpAnswer(way, ENV_ANSWER, { closedAfterMs: 400 }) },
    });
    expect(tell(run).ids).toEqual([]);
  });
});

describe('requests', () => {
  it("http.filtered_by_shape: the Agent's request is refused, a browser's passes", () => {
    const run = answered(htmlAnswer('403 Forbidden', 'Forbidden'), ['env'], OPENED);
    browser(run, 'env', ENV_ANSWER);
    const told = tell(run);
    expect(blamed(told)).toEqual(['http.filtered_by_shape']);
    expect(told.finding('http.filtered_by_shape').hides).toContain('http.blocked_page');
  });

  it.each([
    ['extensions', `;sig="${'s'.repeat(90)}"`, ''],
    ['trailers', '', 'X-Checksum: 1\r\n'],
  ])('chunk %s are no matter of shape: the same 200 to both', (_, extension, trailers) => {
    const { body } = ENV_ANSWER;
    const parts = [body.slice(0, 60), body.slice(60)];
    const chunks = parts.map((part) => `${part.length.toString(16)}${extension}\r\n${part}\r\n`).join('');
    const chunked = {
      head: 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
      body: `${chunks}0\r\n${trailers}\r\n`,
    };
    const run = answered(chunked, ['claim']);
    browser(run, 'claim', ENV_ANSWER);
    expect(tell(run).ids).toEqual([]);
  });

  it('http.blocked_page, not http.filtered_by_shape: the browser is refused as well', () => {
    const run = answered(htmlAnswer('403 Forbidden', 'Forbidden'), ['env'], OPENED);
    browser(run, 'env', htmlAnswer('403 Forbidden', 'Forbidden'));
    expect(blamed(tell(run))).toEqual(['http.blocked_page']);
  });

  it('http.no_answer: TLS works, the request is swallowed', () => {
    const run = walkLegs(world(), {
      env: { answer: (steps, way) => void steps.httpFails(way, 'generic_timeout_error', SILENT) },
    });
    const told = tell(run);
    expect(blamed(told)).toEqual(['http.no_answer']);
    expect(told.finding('http.no_answer').confidence).toBe('likely');
  });

  it('http.filtered_by_shape, not http.no_answer: a browser gets an answer', () => {
    const run = walkLegs(world(), { env: { answer: (steps, way) => void steps.httpFails(way, 'connection_reset') } });
    browser(run, 'env', ENV_ANSWER);
    expect(blamed(tell(run))).toEqual(['http.filtered_by_shape']);
  });
});

/** What comes back for the upgrade. */
const upgraded = (head: string, over: object = {}): World =>
  walkLegs(world(), { link: { answer: (steps, way) => void steps.upgrade(way, head, over) } });

const pageHead = (status: string, ...more: string[]): string =>
  `${[`HTTP/1.1 ${status}`, ...more].join('\r\n')}\r\n\r\n`;

describe('the upgrade', () => {
  it.each(['200 OK', '400 Bad Request', '426 Upgrade Required'])('ws.upgrade_stripped: answered %s', (status) => {
    const told = tell(upgraded(pageHead(status)));
    expect(blamed(told)).toEqual(['ws.upgrade_stripped']);
    expect(told.ids).not.toContain('ws.rejected');
  });

  it.each(['403 Forbidden', '407 Proxy Authentication Required', '401 Unauthorized'])(
    'ws.rejected, not ws.upgrade_stripped: answered %s',
    (status) => {
      const told = tell(upgraded(pageHead(status), { bodyExcerpt: '<title>No</title>' }));
      expect(blamed(told)).toEqual(['ws.rejected']);
      expect(told.ids).not.toContain('ws.upgrade_stripped');
    },
  );

  it('ws.rejected: 502 from the genuine cloud is the cloud’s own', () => {
    expect(tell(upgraded(pageHead('502 Bad Gateway'))).finding('ws.rejected').blames).toBe('cloud');
  });

  it('ws.agent_cannot_parse: a 101 with an empty header value', () => {
    const told = tell(upgraded(upgradeHead(['X-Empty: '])));
    expect(blamed(told)).toEqual(['ws.agent_cannot_parse']);
    expect(told.finding('ws.agent_cannot_parse').data).toMatchObject({ rule: 'ws.header_value_empty' });
  });

  it('ws.agent_cannot_parse, not ws.upgrade_stripped: a 101 without the accept header', () => {
    const told = tell(upgraded(pageHead('101 Switching Protocols', 'Upgrade: websocket'), { acceptedByRfc: false }));
    expect(blamed(told)).toEqual(['ws.agent_cannot_parse']);
    expect(told.finding('ws.agent_cannot_parse').data).toMatchObject({ rule: 'ws.accept_missing' });
  });

  it('ws.no_answer: the upgrade is swallowed', () => {
    const run = walkLegs(world(), {
      link: {
        answer: (steps, way) =>
          void steps.upgrade(way, '', {
            status: null,
            acceptedByRfc: false,
            failure: { kind: 'generic_timeout_error', operation: 'websocket_upgrade', rawCode: null, detail: '' },
            ...SILENT,
          }),
      },
    });
    expect(blamed(tell(run))).toEqual(['ws.no_answer']);
    const finding = tell(run).finding('ws.no_answer');
    expect(finding.data).toMatchObject({ silent: true, code: null });
    expect(finding.why).toContain('got no answer for');
    // No control was asked.
    expect(finding.why).not.toContain('browser');
  });

  it('an answer is not ws.no_answer', () => {
    expect(tell(upgraded(pageHead('403 Forbidden'))).ids).not.toContain('ws.no_answer');
  });
});

describe('MQTT', () => {
  const link = (over: object): World =>
    walkLegs(world(), {
      link: {
        answer: (steps, way) => {
          steps.upgradeOk(way);
          steps.noConnack(way, 'generic_timeout_error', { ...SILENT, ...over });
        },
      },
    });

  it('mqtt.no_connack: silence', () => {
    const told = tell(link({}));
    expect(blamed(told)).toEqual(['mqtt.no_connack']);
    expect(told.ids).not.toContain('ws.dropped');
  });

  it.each(['fin', 'reset', 'ws_close'] as const)('ws.dropped, not mqtt.no_connack: ended by %s', (endedBy) => {
    const told = tell(
      link({ endedBy, failure: { kind: 'eof_error', operation: 'mqtt_connect', rawCode: null, detail: '' } }),
    );
    expect(blamed(told)).toEqual(['ws.dropped']);
    expect(told.ids).not.toContain('mqtt.no_connack');
  });

  const connack = (code: number): World =>
    walkLegs(world(), {
      link: {
        answer: (steps, way) => {
          steps.upgradeOk(way);
          steps.connack(way, code);
        },
      },
    });

  it('mqtt.refused: the broker is not available', () => {
    const told = tell(connack(136));
    expect(blamed(told)).toEqual(['mqtt.refused']);
    expect(told.finding('mqtt.refused').title).toContain('server unavailable');
  });

  it.each([134, 135])('%i proves the path: mqtt.refused is silent', (code) => {
    expect(tell(connack(code)).ids).toEqual([]);
  });

  const held = (heldMs: number, endedBy: 'us' | 'reset'): World => {
    const run = walkLegs(world());
    const steps = run.seen.on({ leg: 'link' });
    const way = steps.connectOk(ADDRESS.link);
    steps.tlsOk(way, GENUINE);
    steps.upgradeOk(way);
    steps.hold(way, { plannedMs: 60_000, heldMs, endedBy });
    return run;
  };

  it('mqtt.idle_cut: cut before the first keep-alive', () => {
    const told = tell(held(30_000, 'reset'));
    expect(blamed(told)).toEqual(['mqtt.idle_cut']);
    expect(told.finding('mqtt.idle_cut').title).toContain('30 s');
  });

  it('mqtt.idle_cut: cut later than an idle Agent is silent is a note', () => {
    expect(tell(held(55_000, 'reset')).finding('mqtt.idle_cut').severity).toBe('notes');
  });

  it.each([
    [45_999, 'risks', true],
    [46_000, 'notes', false],
  ])('mqtt.idle_cut: cut after %d ms it %s', (heldMs, severity, harmful) => {
    expect(tell(held(heldMs, 'reset')).finding('mqtt.idle_cut')).toMatchObject({ severity, data: { harmful } });
  });

  it('mqtt.idle_cut: a silent cut lies between the longest life and the shortest death', () => {
    const run = held(46_000, 'us');
    const steps = run.seen.on({ leg: 'link' });
    for (const heldMs of [90_000, 60_000]) {
      const way = steps.connectOk(ADDRESS.link);
      steps.tlsOk(way, GENUINE);
      steps.upgradeOk(way);
      steps.hold(way, { plannedMs: heldMs, heldMs, endedBy: 'silence' });
    }
    const told = tell(run);
    expect(told.finding('mqtt.idle_cut')).toMatchObject({
      severity: 'notes',
      data: { heldMs: 60_000, survivedMs: 46_000 },
    });
    expect(told.finding('mqtt.idle_cut').title).toContain('between 46 s and 60 s');
  });

  it('a link that held is not mqtt.idle_cut', () => {
    expect(tell(held(60_000, 'us')).ids).toEqual([]);
  });

  it('mqtt silence behind an inspected certificate is folded under the inspection', () => {
    const run = walkLegs(world(), {
      link: {
        tls: { judgements: judgedBy(), chain: [certificate({ issuer: 'CN=Zscaler Root CA, O=Zscaler Inc.' })] },
        answer: (steps, way) => {
          steps.upgradeOk(way);
          steps.noConnack(way, 'generic_timeout_error', SILENT);
        },
      },
    });
    const told = tell(run);
    expect(told.ids).toEqual(['tls.intercepted']);
    expect(told.finding('tls.intercepted').hides).toContain('mqtt.no_connack');
  });
});

it('network.unexplained: a failing step without a name is said, not left out', () => {
  const run = walkLegs(world(), {
    link: {
      answer: (steps, way) => {
        steps.upgradeOk(way);
        steps.connack(way, 0, { rawFirstBytes: '\x20\x02\x00\x00', reasonCode: null, endedBy: 'open' });
      },
    },
  });
  const told = tell(run);
  expect(told.verdict.link.outcome).toBe('will_fail');
  expect(blamed(told)).toEqual(['network.unexplained']);
  expect(told.finding('network.unexplained').confidence).toBe('possible');
});

it('network.unexplained is silent where a rule has a name for it', () => {
  expect(tell(upgraded(pageHead('403 Forbidden'))).ids).not.toContain('network.unexplained');
});
