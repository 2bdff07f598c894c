/** What the running Agent says of itself, and whose Agent it is: what a user is told. */
import { describe, expect, it } from 'vitest';
import { readInfoDocument } from '../../../src/agent/parse/agent-status.js';
import { readReason } from '../../../src/agent/words/status-reason.js';
import { STATUS_WORDS } from '../../../src/agent/words/status-words.js';
import type { ConfigFact } from '../../../src/model/agent.js';
import { agentStatus, blamed, healthy, hostFact, tell, walkLegs, world, ADDRESS, SILENT, type World } from './world.js';

const info = (cloud: object): object => {
  const read = readInfoDocument(JSON.stringify({ api: 2, agents: [{ cloud }] }));
  if (!read.ok) throw new Error(read.rule);
  return read.fields;
};
const says = (cloud: object, run: World = healthy()): World => {
  run.seen.add(agentStatus(info(cloud)));
  return run;
};
const noMqtt = (): World =>
  walkLegs(world(), { link: { steps: (steps) => void steps.connectTimeout(ADDRESS.link, SILENT) } });
const noClaim = (): World =>
  walkLegs(world(), { claim: { steps: (steps) => void steps.connectTimeout(ADDRESS.claim, SILENT) } });

describe('an Agent that is not claimed', () => {
  it('by a refusal: the reason’s own remedy', () => {
    const told = tell(says({ id: 3, status: 'available', reason: 'Failed: token is expired, not found, or invalid' }));
    const found = told.finding('agent.claim_refused');
    expect(blamed(told)).toEqual(['agent.claim_refused']);
    expect(found.why).toContain('The Agent is not claimed.');
    expect(found.remedies[0]?.text).toContain('new token');
    expect(found.remedies.at(-1)?.command).toBe('sudo netdatacli reload-claiming-state');
  });

  it('at a boot before the network: it is not tried again by itself', () => {
    const told = tell(says({ id: 3, status: 'available', reason: "Couldn't resolve host name" }));
    const found = told.finding('agent.claim_not_retried');
    expect(found.why).toContain('The network is fine now.');
    expect(found.remedies.map(({ command }) => command)).toEqual(['sudo netdatacli reload-claiming-state']);
  });

  it('by this host’s own fault: its disk first', () => {
    const told = tell(says({ id: 3, status: 'available', reason: 'Failed to save claiming info to disk' }));
    expect(told.finding('agent.claim_not_retried').remedies[0]?.command).toContain('df -h');
  });

  it('and its network still fails: that is the cause; the missing retry is what comes after it', () => {
    const told = tell(says({ id: 3, status: 'available', reason: "Couldn't resolve host name" }, noClaim()));
    const after = told.finding('agent.claim_not_retried');
    expect(after.severity).toBe('notes');
    expect(after.why).toContain('The Agent is not claimed.');
    expect(after.why).not.toContain('The network is fine now.');
    expect(blamed(told)).not.toContain('agent.claim_not_retried');
  });

  it.each([
    ['Failed to save claiming info to disk', 'df -h'],
    ['Problem with the SSL CA cert (path? access rights?)', 'ls -l'],
    ['Unsupported protocol', 'config'],
  ])('by this host’s own %j: that first', (reason, command) => {
    const found = tell(says({ id: 3, status: 'available', reason })).finding('agent.claim_not_retried');
    expect(found.why).toContain('The network was not the reason.');
    expect(found.remedies[0]?.command).toContain(command);
    expect(found.remedies).toHaveLength(2);
  });

  it.each(['none', 'not_claimed', 'env_endpoint_unreachable'])(
    'whose version claims by a script and says %j',
    (reason) => {
      const run = says({ id: 3, status: 'available', reason });
      run.agent = { ...run.agent, version: { value: '1.44.3', source: 'running' } };
      expect(tell(run).ids).not.toContain('agent.claim_not_retried');
    },
  );

  it('by words of libcurl before 7.62: an untrusted certificate', () => {
    const reason = 'Peer certificate cannot be authenticated with given CA certificates';
    expect(readReason(reason)?.kind).toBe('claim_untrusted');
  });

  it('and has not failed: nothing to retry', () => {
    expect(tell(says({ id: 0, status: 'available', reason: 'Agent is not claimed yet' })).ids).toEqual([]);
  });

  it('in its memory, but claimed in its files: it has not read them', () => {
    for (const network of [healthy(), noClaim()]) {
      const run = says({ id: 0, status: 'available', reason: 'Agent is not claimed yet' }, network);
      run.agent = { ...run.agent, claimed: true };
      const found = tell(run).finding('agent.claim_not_retried');
      expect(found.title).toContain('has not read its claim');
      expect(found.severity).toBe('risks');
    }
  });

  it('every reason of a refused or failed claim leads to one of the two, and to a command', () => {
    const rows = STATUS_WORDS.filter(({ step, kind }) => step === 'claim' && kind !== 'not_claimed');
    for (const { texts } of rows) {
      for (const { text } of texts) {
        const told = tell(says({ status: 'available', reason: text }));
        const [found] = told.found.filter(({ id }) => id.startsWith('agent.claim_'));
        expect([text, found?.remedies.some(({ command }) => command !== null)]).toEqual([text, true]);
      }
    }
  });
});

describe('an Agent that is offline', () => {
  it('because its key is not the claimed one: the link fails, whatever the network does', () => {
    const told = tell(says({ id: 3, status: 'offline', reason: 'otp challenge decryption failed' }));
    expect(blamed(told)).toEqual(['agent.key_mismatch']);
    expect(told.verdict.link).toMatchObject({ outcome: 'will_fail', cause: 'agent.key_mismatch' });
    expect(told.exitCode).toBe(1);
  });

  it.each([
    ['disconnected, ping timed out', 3],
    ['disconnected, no I/O progress on a ready socket', 3],
    ['disconnected, socket error', 1],
    ['', 311],
  ])('after %j and %d links: hold one and see', (reason, id) => {
    const told = tell(says({ id, status: 'offline', reason }));
    expect(told.finding('agent.link_flapping').remedies[0]?.command).toBe('netdata-egress doctor --hold 5m');
  });

  it('online now, after 311 links: the same', () => {
    expect(blamed(tell(says({ id: 311, status: 'online', reason: '' })))).toEqual(['agent.link_flapping']);
  });

  it.each([
    ['disconnected, to reload config', 2],
    ['offline', 23],
  ])('%j and %d links are no sign of it', (reason, id) => {
    expect(tell(says({ id, status: 'offline', reason })).ids).not.toContain('agent.link_flapping');
  });

  it('its reason is called old where the version leaves it alone', () => {
    const run = says({ id: 1, status: 'offline', reason: 'cannot resolve hostname' });
    run.agent = { ...run.agent, version: { value: '2.10.3', source: 'running' } };
    expect(tell(run).finding('agent.running_offline').why).toContain('That reason may be old');
    const newer = says({ id: 1, status: 'offline', reason: 'cannot resolve hostname' });
    newer.agent = { ...newer.agent, version: { value: '2.11.0-84-nightly', source: 'running' } };
    expect(tell(newer).finding('agent.running_offline').why).not.toContain('That reason may be old');
  });

  it('a next attempt that has passed is not due', () => {
    const past = says({ id: 1, status: 'offline', reason: 'timeout', next_check: 1_000_000_000 });
    expect(tell(past).finding('agent.running_offline').why).not.toContain('is due');
  });
});

describe('an Agent whose Parent holds the link', () => {
  it('needs no way to the cloud: nothing blocks', () => {
    const told = tell(says({ id: 3, status: 'indirect', reason: 'timeout' }, noMqtt()));
    expect(told.finding('agent.held_by_parent').severity).toBe('notes');
    expect(told.verdict.link).toMatchObject({ outcome: 'will_work', cause: null });
    expect(blamed(told)).toEqual([]);
    expect(told.exitCode).toBe(0);
  });

  it('nor one to claim: claiming that fails blocks nothing', () => {
    const run = says({ id: 3, status: 'indirect', reason: '' }, noClaim());
    run.agent = { ...run.agent, claimed: false };
    const told = tell(run);
    expect(told.verdict.claim.outcome).toBe('will_fail');
    expect(blamed(told)).toEqual([]);
    expect(told.exitCode).toBe(0);
  });
});

describe('an Agent that has no link by its own setting or build', () => {
  it('switched off: the way in is not the matter', () => {
    const told = tell(says({ id: 0, status: 'disabled', reason: 'disabled' }));
    expect(blamed(told)).toEqual(['agent.link_disabled']);
    expect(told.verdict.link).toMatchObject({ outcome: 'will_fail', cause: 'agent.link_disabled' });
    expect(told.finding('agent.link_disabled').remedies[0]?.command).toContain('config enable');
    expect(told.exitCode).toBe(1);
  });

  it('built without the cloud: another package', () => {
    const told = tell(says({ id: 0, status: 'unavailable' }));
    expect(blamed(told)).toEqual(['agent.too_old']);
    expect(told.verdict).toMatchObject({ claim: { outcome: 'will_fail' }, link: { outcome: 'will_fail' } });
    expect(told.finding('agent.too_old').remedies[0]?.command).toContain('kickstart');
  });

  it('said by its files as well: once', () => {
    const run = says({ id: 0, status: 'disabled', reason: 'disabled' });
    const data = { kind: 'disabled', effect: 'blocks' };
    const told = tell(fact(run, { finding: 'agent.link_disabled', legs: ['env', 'auth', 'link'], data }));
    expect(told.ids.filter((id) => id === 'agent.link_disabled')).toHaveLength(1);
    expect(told.finding('agent.link_disabled').title).toContain('claim.conf');
  });
});

function fact(run: World, over: Partial<ConfigFact>): World {
  const seen = run.seen.add({ ...hostFact('read_config', run), path: '/x', state: 'read' as const, problems: [] });
  const added: ConfigFact = {
    finding: 'agent.config_syntax',
    file: { path: '/etc/netdata/claim.conf', line: 1 },
    text: 'x',
    legs: ['claim'],
    observation: seen.id,
    data: {},
    ...over,
  };
  run.agent = { ...run.agent, facts: [...run.agent.facts, added] };
  return run;
}

describe('whose Agent', () => {
  it('agent.in_container: with no Agent of its own, this host is not what was asked about', () => {
    const data = { kind: 'container', effect: 'note', pid: 4242, alone: true };
    const told = tell(fact(healthy(), { finding: 'agent.in_container', legs: [], data }));
    const found = told.finding('agent.in_container');
    expect(found).toMatchObject({ severity: 'risks' });
    expect(found.remedies[0]?.command).toBe('sudo netdata-egress doctor --pid 4242');
    const beside = { ...data, alone: false };
    const note = tell(fact(healthy(), { finding: 'agent.in_container', legs: [], data: beside }));
    expect(note.finding('agent.in_container').severity).toBe('notes');
  });

  it('agent.two_installations: the other one by its directories, or by its process', () => {
    const data = {
      kind: 'other_is_claimed',
      effect: 'note',
      other: '/opt/netdata/etc/netdata',
      otherLib: '/opt/netdata/var/lib/netdata',
    };
    const told = tell(fact(healthy(), { finding: 'agent.two_installations', legs: [], data }));
    expect(told.finding('agent.two_installations').remedies[0]?.command).toBe(
      'sudo netdata-egress doctor --config-dir /opt/netdata/etc/netdata --lib-dir /opt/netdata/var/lib/netdata',
    );
    expect(told.exitCode).toBe(0);
  });

  it('a directory that could be anything stays out of the command', () => {
    const data = { kind: 'two', effect: 'note', other: '/x; rm -rf /', otherLib: '/y' };
    const told = tell(fact(healthy(), { finding: 'agent.two_installations', legs: [], data }));
    expect(told.finding('agent.two_installations').remedies[0]?.command).not.toContain('rm');
  });
});

describe('what somebody would claim with', () => {
  const blocks = { effect: 'blocks' };

  it('agent.claim_input_invalid says what is wrong, and dooms the claim alone', () => {
    const data = { ...blocks, kind: 'token_short', characters: 6 };
    const told = tell(fact(healthy(), { finding: 'agent.claim_input_invalid', data }));
    expect(told.finding('agent.claim_input_invalid').title).toBe('The claim token is not a token (6 characters)');
    expect(told.verdict.claim.outcome).toBe('will_fail');
    expect(told.verdict.link.outcome).toBe('will_work');
  });

  it('agent.claim_input_invalid never leads where the network stops more', () => {
    const data = { ...blocks, kind: 'token_short', characters: 6 };
    const told = tell(fact(noMqtt(), { finding: 'agent.claim_input_invalid', data }));
    expect(blamed(told)[0]).toBe('tcp.dropped');
  });

  it('agent.too_old: without the cloud in its build only another package helps', () => {
    const data = { ...blocks, kind: 'built_without_cloud' };
    const told = tell(fact(healthy(), { finding: 'agent.too_old', legs: ['claim', 'env', 'auth', 'link'], data }));
    expect(
      told
        .finding('agent.too_old')
        .remedies.map(({ command }) => command)
        .join(),
    ).not.toContain('config enable');
    expect(told.exitCode).toBe(1);
  });

  it('agent.too_old leads where nothing is foretold because of it, and where the network is fine', () => {
    const old = healthy();
    const said = { ...old, agent: { ...old.agent, version: { ...old.agent.version, value: '1.31.0' } } };
    const data = { effect: 'note', kind: 'version' };
    const told = tell(fact(said, { finding: 'agent.too_old', legs: ['claim', 'env', 'auth', 'link'], data }));
    expect(told.finding('agent.too_old').severity).toBe('risks');
    expect(told.verdict.link).toMatchObject({ outcome: 'unknown', cause: 'agent.too_old' });
  });

  it('agent.settings_misplaced: a proxy that nobody reads is why the closed direct way is taken', () => {
    const shut = walkLegs(world(), {
      claim: { steps: (steps) => void steps.connectTimeout(ADDRESS.claim, SILENT) },
      link: { steps: (steps) => void steps.connectTimeout(ADDRESS.link, SILENT) },
    });
    const data = { effect: 'route', key: 'proxy', kind: 'stray_file', goesTo: '/var/lib/netdata/cloud.d/cloud.conf' };
    const over = { finding: 'agent.settings_misplaced', legs: ['claim', 'env', 'auth', 'link'], data } as const;
    expect(blamed(tell(fact(shut, over)))[0]).toBe('agent.settings_misplaced');
    expect(tell(fact(healthy(), over)).finding('agent.settings_misplaced').severity).toBe('notes');
  });

  it('a damaged file is shown as it should be written', () => {
    const data = { effect: 'value', kind: 'one_line', key: null, write: '[global]\n    token = TOKEN' };
    const told = tell(fact(healthy(), { data }));
    expect(told.finding('agent.config_syntax').remedies[0]?.lines).toEqual([
      { file: '/etc/netdata/claim.conf', text: '[global]\n    token = TOKEN' },
    ]);
  });
});
