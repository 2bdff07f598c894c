import type { FindingId } from '../../../src/model/finding-id.js';
import { describe, expect, it } from 'vitest';
import type { ConfigFact } from '../../../src/model/agent.js';
import { LEGS, type Leg, type RouteEntry } from '../../../src/model/route.js';
import {
  ADDRESS,
  agentStatus,
  blamed,
  GENUINE,
  goOn,
  healthy,
  HOST,
  hostFact,
  judgedBy,
  certificate,
  SILENT,
  tell,
  walkLegs,
  world,
  type LegOver,
  type Steps,
  type World,
} from './world.js';

const PROXY_ROUTE: RouteEntry = {
  id: 'http_connect:proxy.example:3128',
  route: { kind: 'http_connect', proxy: { host: 'proxy.example', port: 3128, credentials: 'none' } },
  usedBy: LEGS,
  origin: 'https_proxy',
};
const LINK: readonly Leg[] = ['env', 'auth', 'link'];

/** Adds a fact of the configuration, with the observation it rests on. */
function fact(run: World, finding: FindingId, over: Partial<ConfigFact> = {}): World {
  const seen = run.seen.add({
    ...hostFact('read_config', run),
    path: '/var/lib/netdata/cloud.d/cloud.conf',
    state: 'read' as const,
    problems: [],
  });
  const added: ConfigFact = {
    finding,
    file: { path: '/var/lib/netdata/cloud.d/cloud.conf', line: 3 },
    text: 'the value is misread',
    legs: LINK,
    observation: seen.id,
    data: { kind: 'x', effect: 'value' },
    ...over,
  };
  run.agent = { ...run.agent, facts: [...run.agent.facts, added] };
  return run;
}

const route = { data: { kind: 'x', effect: 'route' } };
const blocks = { data: { kind: 'x', effect: 'blocks' } };

/** Everything direct is dropped. */
const dropped = (legs: readonly Leg[] = LEGS): World =>
  walkLegs(
    world(),
    Object.fromEntries(
      legs.map((leg) => [leg, { steps: (steps) => void steps.connectTimeout(ADDRESS[leg], SILENT) } satisfies LegOver]),
    ),
  );

describe('a route that was not meant', () => {
  it.each<FindingId>([
    'agent.proxy_scheme_unsupported',
    'agent.proxy_env_mismatch',
    'agent.no_proxy_mismatch',
    'agent.env_not_daemons',
  ])('%s: is the cause where the direct way is closed, and hides it', (id) => {
    const told = tell(fact(dropped(), id, route));
    expect(blamed(told)[0]).toBe(id);
    expect(told.finding(id).hides.length + blamed(told).length).toBeGreaterThan(1);
    expect(told.finding(id)).toMatchObject({ severity: 'blocks', blames: 'agent_config' });
  });

  it.each([
    ['http_connect', 'http://proxy.example:3128'],
    ['socks5', 'socks5h://proxy.example:3128'],
    ['https_connect', 'http://PROXY:PORT'],
    ['socks4', 'http://PROXY:PORT'],
  ] as const)('the proxy to write down, where the settings name one of %s: %s', (kind, url) => {
    const run = fact(dropped(LINK), 'agent.proxy_scheme_unsupported', route);
    const proxy = { host: 'proxy.example', port: 3128, credentials: 'none' } as const;
    const socks = kind === 'socks4' || kind === 'socks5';
    const other = (socks ? { kind, proxy, resolveAt: 'proxy' } : { kind, proxy }) as RouteEntry['route'];
    run.routes.push({ ...PROXY_ROUTE, id: kind, route: other, usedBy: [] });
    const [first] = tell(run).finding('agent.proxy_scheme_unsupported').remedies;
    expect(JSON.stringify(first)).toContain(url);
  });

  it('the proxy to write down is the one through which the service answered', () => {
    const run = fact(dropped(LINK), 'agent.proxy_scheme_unsupported', route);
    const at = (id: string, host: string): RouteEntry => ({
      ...PROXY_ROUTE,
      id,
      route: { kind: 'http_connect', proxy: { host, port: 3128, credentials: 'none' } },
      usedBy: [],
    });
    run.routes.push(at('first', 'silent.example'), at('second', 'open.example'));
    const steps = run.seen.on({ leg: 'env', host: HOST.env, routeId: 'second', role: { kind: 'alternative' } });
    const way = steps.connectOk('192.0.2.80', { peer: 'proxy', host: 'open.example', port: 3128 });
    steps.proxyOk(way);
    steps.tlsOk(way, { ...GENUINE });
    expect(JSON.stringify(tell(run).finding('agent.proxy_scheme_unsupported').remedies[0])).toContain('open.example');
  });

  it.each([
    ['blocks', 'The link is switched off', 2],
    ['value', 'has no effect on this Agent', 0],
  ])('agent.link_disabled with the effect %s: %s', (effect, title, count) => {
    const finding = tell(fact(healthy(), 'agent.link_disabled', { data: { kind: 'x', effect } })).finding(
      'agent.link_disabled',
    );
    expect(finding.title).toContain(title);
    expect(finding.remedies).toHaveLength(count);
  });

  it('agent.proxy_scheme_unsupported hides what the direct way leads to', () => {
    const told = tell(fact(dropped(LINK), 'agent.proxy_scheme_unsupported', route));
    expect(blamed(told)).toEqual(['agent.proxy_scheme_unsupported']);
    expect(told.finding('agent.proxy_scheme_unsupported').hides).toContain('tcp.dropped');
    expect(told.finding('agent.proxy_scheme_unsupported').subject.file).toMatchObject({ line: 3 });
  });

  it.each<FindingId>([
    'agent.proxy_scheme_unsupported',
    'agent.proxy_env_mismatch',
    'agent.no_proxy_mismatch',
    'agent.env_not_daemons',
  ])('%s: is a note where the direct way is open', (id) => {
    const told = tell(fact(healthy(), id, route));
    expect(blamed(told)).toEqual([]);
    expect(told.finding(id).severity).toBe('notes');
  });

  /** The claim goes direct by no_proxy; the link's steps take the proxy, which refuses. */
  const refusedBehindNoProxy = (item: string, direct: 'works' | 'dropped' | 'unasked' = 'unasked'): World => {
    const run = world();
    const routed = { ...PROXY_ROUTE, usedBy: LINK };
    const legs = Object.fromEntries(
      LEGS.map((leg) => [
        leg,
        LINK.includes(leg) ? { ...run.agent.legs[leg], routeId: routed.id } : run.agent.legs[leg],
      ]),
    ) as World['agent']['legs'];
    Object.assign(run, { routes: [...run.routes, routed], agent: { ...run.agent, legs } });
    run.seen.on({ leg: null, host: 'proxy.example' }).resolveOk(['192.0.2.80']);
    const steps = (on: Steps, leg: Leg): void => {
      const way = on.connectOk('192.0.2.80', { peer: 'proxy', host: 'proxy.example', port: 3128 });
      on.proxyReply(way, 'HTTP/1.1 403 Forbidden\r\n\r\n');
      if (direct === 'unasked' || leg === 'claim') return;
      const other = run.seen.on({ leg, host: HOST[leg], role: { kind: 'alternative' } });
      if (direct === 'works') other.tlsOk(other.connectOk(ADDRESS[leg]), {});
      else other.connectTimeout(ADDRESS[leg], SILENT);
    };
    const walked = walkLegs(run, {
      env: { steps, label: { routeId: routed.id } },
      auth: { steps, label: { routeId: routed.id } },
      link: { steps, label: { routeId: routed.id } },
    });
    return fact(walked, 'agent.no_proxy_mismatch', {
      legs: ['claim'],
      data: { kind: 'claim_bypasses', effect: 'route', variable: 'no_proxy', item },
    });
  };

  it('agent.no_proxy_mismatch: the proxy refuses what no_proxy keeps the claim from sending there', () => {
    for (const direct of ['unasked', 'works'] as const) {
      const told = tell(refusedBehindNoProxy('.netdata.cloud', direct));
      expect(blamed(told)).toEqual(['agent.no_proxy_mismatch']);
      const finding = told.finding('agent.no_proxy_mismatch');
      expect(finding.hides).toContain('proxy.denied');
      expect(finding.why).not.toContain('Both ways are open');
      expect(finding.remedies[0]?.lines[0]?.text).toContain('proxy = none');
      expect(told.verdict.link.cause).toBe('agent.no_proxy_mismatch');
    }
  });

  it('proxy.denied, not agent.no_proxy_mismatch: the direct way of the link is shut, or its names are not covered', () => {
    for (const run of [refusedBehindNoProxy('.netdata.cloud', 'dropped'), refusedBehindNoProxy('corp.example')]) {
      const told = tell(run);
      expect(told.verdict.legs.link.cause).toBe('proxy.denied');
      expect(told.finding('agent.no_proxy_mismatch').why).not.toContain('Both ways are open');
    }
  });

  it('agent.env_not_daemons does not take the blame for legs that it does not concern', () => {
    const told = tell(fact(dropped(['link']), 'agent.env_not_daemons', { ...route, legs: ['claim'] }));
    expect(blamed(told)).toEqual(['tcp.dropped']);
    expect(told.finding('agent.env_not_daemons').severity).toBe('notes');
  });

  it('agent.config_syntax: a proxy line that is ignored is the cause of what fails directly', () => {
    const told = tell(
      fact(dropped(LINK), 'agent.config_syntax', {
        data: { kind: 'option_before_section', effect: 'value', key: 'proxy' },
      }),
    );
    expect(blamed(told)).toEqual(['agent.config_syntax']);
  });

  it('agent.config_syntax: another line is a note, and tcp.dropped keeps the blame', () => {
    const told = tell(
      fact(dropped(['link']), 'agent.config_syntax', { data: { kind: 'quotes_kept', effect: 'value', key: 'rooms' } }),
    );
    expect(blamed(told)).toEqual(['tcp.dropped']);
    expect(told.finding('agent.config_syntax').severity).toBe('notes');
  });
});

const PROXY_ID = 'http_connect:proxy.example:8080';

/** The link goes through a proxy whose connect or reply fails; the claim is fine. */
function throughProxy(how: 'refused' | '407' | 'fine'): World {
  const base = world();
  const legs = Object.fromEntries(
    LEGS.map((leg) => [leg, { ...base.agent.legs[leg], ...(leg === 'claim' ? {} : { routeId: PROXY_ID }) }]),
  );
  const run: World = {
    ...base,
    agent: { ...base.agent, legs: legs as World['agent']['legs'] },
    routes: [
      ...base.routes,
      {
        id: PROXY_ID,
        route: { kind: 'http_connect', proxy: { host: 'proxy.example', port: 8080, credentials: 'none' } },
        usedBy: LINK,
        origin: 'cloud.conf [global] proxy',
      },
    ],
  };
  run.seen.on({ leg: null, host: 'proxy.example' }).resolveOk(['192.0.2.80']);
  const claim = run.seen.on({ leg: 'claim' });
  claim.resolveOk([ADDRESS.claim]);
  goOn(claim, claim.connectOk(ADDRESS.claim), 'claim');
  for (const leg of LINK) {
    const steps = run.seen.on({ leg, host: HOST[leg], routeId: PROXY_ID });
    const peer = { peer: 'proxy', host: 'proxy.example', port: 8080 } as const;
    if (how === 'refused') {
      steps.connectFails('192.0.2.80', 'connection_refused', peer);
      continue;
    }
    const way = steps.connectOk('192.0.2.80', peer);
    if (how === '407') {
      steps.proxyReply(way, 'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n', {
        credentialsSent: true,
      });
      continue;
    }
    steps.proxyOk(way);
    goOn(steps, way, leg);
  }
  return run;
}

describe('a proxy that is misread', () => {
  it('agent.proxy_port_missing hides proxy.refused', () => {
    const told = tell(fact(throughProxy('refused'), 'agent.proxy_port_missing'));
    expect(blamed(told)).toEqual(['agent.proxy_port_missing']);
    expect(told.finding('agent.proxy_port_missing').hides).toContain('proxy.refused');
  });

  it('agent.proxy_credentials_misread hides proxy.auth_rejected', () => {
    const told = tell(fact(throughProxy('407'), 'agent.proxy_credentials_misread'));
    expect(blamed(told)).toEqual(['agent.proxy_credentials_misread']);
    expect(told.finding('agent.proxy_credentials_misread').hides).toContain('proxy.auth_rejected');
  });

  it.each<FindingId>(['agent.proxy_port_missing', 'agent.proxy_credentials_misread'])(
    '%s: a note where the proxy lets the Agent through',
    (id) => {
      const told = tell(fact(throughProxy('fine'), id));
      expect(blamed(told)).toEqual([]);
      expect(told.finding(id).severity).toBe('notes');
    },
  );

  it('agent.proxy_host_misread cannot work whatever the network does', () => {
    const run = throughProxy('refused');
    const told = tell(fact(run, 'agent.proxy_host_misread', blocks));
    expect(blamed(told)).toEqual(['agent.proxy_host_misread']);
    expect(told.verdict.link).toMatchObject({ outcome: 'will_fail', cause: 'agent.proxy_host_misread' });
  });

  it('without such a fact, proxy.refused keeps the blame and agent.proxy_host_misread is silent', () => {
    expect(blamed(tell(throughProxy('refused')))).toEqual(['proxy.refused']);
  });
});

describe('settings that stop the Agent by themselves', () => {
  it.each<FindingId>(['agent.base_url_invalid', 'agent.key_missing', 'agent.link_disabled'])(
    '%s condemns the link although the network is fine',
    (id) => {
      const told = tell(fact(healthy(), id, blocks));
      expect(blamed(told)).toEqual([id]);
      expect(told.verdict.link).toMatchObject({ outcome: 'will_fail', cause: id });
      expect(told.verdict.claim.outcome).toBe('will_work');
      expect(told.exitCode).toBe(1);
    },
  );

  it.each<FindingId>(['agent.base_url_invalid', 'agent.link_disabled'])(
    '%s: a note where this version does not mind',
    (id) => {
      const told = tell(fact(healthy(), id, { data: { kind: 'x', effect: 'note' } }));
      expect(blamed(told)).toEqual([]);
      expect(told.exitCode).toBe(0);
    },
  );

  it('a key that is there is not agent.key_missing', () => {
    expect(tell(healthy()).ids).toEqual([]);
  });
});

describe('trust', () => {
  it('agent.insecure_ineffective is a note beside the inspection that it does not help against', () => {
    const run = walkLegs(world(), {
      link: { tls: { judgements: judgedBy(), chain: [certificate({ issuer: 'CN=Zscaler Root CA, O=Zscaler Inc.' })] } },
    });
    const told = tell(fact(run, 'agent.insecure_ineffective'));
    expect(blamed(told)).toEqual(['tls.intercepted']);
    expect(told.finding('agent.insecure_ineffective').severity).toBe('notes');
  });

  it('agent.trust_split: different stores without a consequence are a note', () => {
    const told = tell(fact(healthy(), 'agent.trust_split', { data: { kind: 'claim_only', effect: 'note' } }));
    expect(told.ids).toEqual(['agent.trust_split']);
    expect(told.finding('agent.trust_split').severity).toBe('notes');
  });
});

describe('the running Agent', () => {
  const running = (over: object, run = healthy()): World => {
    run.seen.add(agentStatus(over));
    return run;
  };

  it('agent.running_offline: everything works, the Agent says it does not', () => {
    const told = tell(running({ status: 'offline', reason: 'cannot resolve hostname' }));
    expect(told.ids).toEqual(['agent.running_offline']);
    expect(told.finding('agent.running_offline').why).toContain('"cannot resolve hostname"');
    expect(told.exitCode).toBe(0);
  });

  it('agent.running_offline: banned by the cloud, which no network can mend', () => {
    const told = tell(running({ status: 'banned', reason: 'x' }));
    expect(told.ids).toEqual(['agent.running_offline']);
    expect(told.finding('agent.running_offline')).toMatchObject({ severity: 'risks' });
    expect(told.finding('agent.running_offline').title).toContain('banned');
  });

  it('an Agent that is online is neither agent.running_offline nor agent.running_online', () => {
    expect(tell(running({ status: 'online' })).ids).toEqual([]);
  });

  it('agent.running_offline is silent where something really fails', () => {
    const told = tell(running({ status: 'offline' }, dropped(['link'])));
    expect(told.ids).not.toContain('agent.running_offline');
  });

  it('agent.running_online: online, and a new connection would fail', () => {
    const told = tell(running({ status: 'online' }, dropped(['link'])));
    expect(blamed(told)).toEqual(['tcp.dropped']);
    expect(told.ids).toContain('agent.running_online');
  });

  it('agent.retry_far_away: works now, and the next attempt is days away', () => {
    const told = tell(running({ status: 'offline', nextAttemptAt: '2026-01-03T00:00:00.000Z' }));
    expect(blamed(told)).toEqual(['agent.retry_far_away']);
    expect(told.finding('agent.retry_far_away').title).toContain('2 days');
    expect(told.exitCode).toBe(0);
  });

  it.each([
    [121, '2 min'],
    [7199, '120 min'],
    [7200, '2 h'],
    [172_799, '48 h'],
    [172_800, '2 days'],
  ])('agent.retry_far_away: in %d s is %s away', (seconds, words) => {
    const nextAttemptAt = new Date(Date.parse('2026-01-01T00:00:00.000Z') + seconds * 1000).toISOString();
    const told = tell(running({ status: 'offline', nextAttemptAt }));
    expect(told.finding('agent.retry_far_away').title).toBe(`The Agent's next attempt is ${words} away`);
  });

  it('a retry within a minute is not agent.retry_far_away', () => {
    const told = tell(running({ status: 'offline', nextAttemptAt: '2026-01-01T00:01:00.000Z' }));
    expect(told.ids).not.toContain('agent.retry_far_away');
  });

  it('agent.proxy_not_active_yet: the process uses another proxy than the files say', () => {
    const told = tell(running({ status: 'offline', reason: 'timeout', proxy: 'none' }, throughProxy('fine')));
    expect(blamed(told)).toEqual(['agent.proxy_not_active_yet']);
    expect(told.finding('agent.proxy_not_active_yet').remedies[0]?.needsRestart).toBe(true);
  });

  it('agent.proxy_not_active_yet: before claiming it is a note: one restart', () => {
    const told = tell(
      fact(healthy(), 'agent.proxy_not_active_yet', { data: { kind: 'after_claiming', effect: 'restart' } }),
    );
    expect(told.finding('agent.proxy_not_active_yet').severity).toBe('notes');
    expect(told.finding('agent.proxy_not_active_yet').title).toContain('after a restart');
  });

  it('the same proxy in process and files is not agent.proxy_not_active_yet', () => {
    const told = tell(
      running(
        { status: 'online', proxy: 'http://proxy.example:8080 (without credentials, from cloud.conf)' },
        throughProxy('fine'),
      ),
    );
    expect(told.ids).toEqual([]);
  });
});

describe('what frames the rest', () => {
  it.each<FindingId>(['agent.already_claimed', 'agent.not_installed'])('%s is a note', (id) => {
    const told = tell(fact(healthy(), id, { legs: [], data: { kind: 'x', effect: 'note' } }));
    expect(told.ids).toEqual([id]);
    expect(told.exitCode).toBe(0);
  });

  it('says nothing of the kind on an unclaimed, installed Agent', () => {
    expect(tell(healthy()).ids).toEqual([]);
  });
});

it('a fact whose observation is not in the report is left out rather than cited', () => {
  const run = fact(healthy(), 'agent.key_missing', { ...blocks, observation: 'read_config-99' });
  expect(tell(run).ids).toEqual([]);
});
