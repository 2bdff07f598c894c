import { describe, expect, it } from 'vitest';
import { roomsOddity, tokenOddity } from '../../../src/agent/lint/claim-input.js';
import { CLAIMED_ID, NATIVE, TOKEN, discoverOn, factNames, factOf } from './discover-on.js';
import type { MemoryHostOptions } from './memory-host.js';

const CLAIM_CONF = '/etc/netdata/claim.conf';
const CLOUD_CONF = '/var/lib/netdata/cloud.d/cloud.conf';
const NETDATA_CONF = '/etc/netdata/netdata.conf';
const KEY = { '/var/lib/netdata/cloud.d/private.pem': { content: 'k', mode: 0o600, uid: 201 } };

/** A claimed Agent with these lines in cloud.conf. */
const linked = (lines: string, more: MemoryHostOptions = {}): MemoryHostOptions => ({
  ...more,
  files: { ...NATIVE, ...KEY, [CLOUD_CONF]: `[global]\nclaimed_id = ${CLAIMED_ID}\n${lines}\n`, ...more.files },
});
/** One that is about to claim with this claim.conf. */
const claiming = (text: string, more: MemoryHostOptions = {}): MemoryHostOptions => ({
  ...more,
  files: { ...NATIVE, [CLAIM_CONF]: text, ...more.files },
});
const withToken = (lines: string): string => `[global]\ntoken = ${TOKEN}\n${lines}\n`;
const names = async (host: MemoryHostOptions, notes = false, agentVersion = '2.11.0') =>
  factNames(await discoverOn(host, { agentVersion }), { notes });

describe('no false alarms', () => {
  it.each([
    [
      'a plain claim.conf',
      claiming(withToken('url = https://app.netdata.cloud\nrooms = \nproxy = env\ninsecure = no')),
    ],
    [
      'a claimed Agent',
      linked('url = https://app.netdata.cloud\nproxy = env\ninsecure = no\nmachine_guid = x\nhostname = h'),
    ],
    ['a proxy with a port and a login', linked('proxy = http://user:p%40ss@proxy.example:3128')],
    ['an on-prem URL with a port', linked('url = https://cloud.example:8443')],
    [
      'the same proxy in both variables',
      linked('proxy = env', { environment: { http_proxy: 'http://p:1', https_proxy: 'http://p:1' } }),
    ],
    [
      'no_proxy for somebody else',
      claiming(withToken(''), {
        environment: { http_proxy: 'http://p:1', https_proxy: 'http://p:1', no_proxy: 'localhost' },
      }),
    ],
    ['no_proxy without a proxy', claiming(withToken(''), { environment: { no_proxy: '*' } })],
    ['comments in every style', claiming(`# a\n; b = c\n${withToken('; url = x\n# proxy = y')}`)],
    [
      'other sections of netdata.conf',
      linked('', {
        files: {
          [NETDATA_CONF]:
            '[db]\nmode = dbengine # x\n[plugin:x]\n"a" = "b"\nnonsense\n[directories]\nplugins = "/usr/libexec" "/x"\n',
        },
      }),
    ],
    [
      'a broken claim.conf that is not read any more',
      linked('', { files: { [CLAIM_CONF]: 'x = y\n[global] # x\nproxy = https://p' } }),
    ],
    ['variables that a fixed setting hides', linked('proxy = none', { environment: { HTTPS_PROXY: 'http://p:1' } })],
  ])('%s', async (_name, host) => {
    const found = (await names(host, true)).filter((name) => !name.startsWith('agent.already_claimed'));
    expect(found).toEqual([]);
  });
});

describe('proxies', () => {
  it.each([
    ['https://p:1', 'agent.proxy_scheme_unsupported/scheme_unsupported'],
    ['HTTP://p:1', 'agent.proxy_scheme_unsupported/scheme_unsupported'],
    ['socks4://p:1', 'agent.proxy_scheme_unsupported/scheme_unsupported'],
    ['p:1', 'agent.proxy_scheme_unsupported/scheme_missing'],
    ['http://p', 'agent.proxy_port_missing/port_missing'],
    ['socks5h://p', 'agent.proxy_port_missing/port_missing'],
    ['http://p:0', 'agent.proxy_port_missing/port_unusable'],
    ['http://[fd00::1]:3128', 'agent.proxy_host_misread/ipv6_literal_cut'],
    ['http://u:a@b@p:1', 'agent.proxy_host_misread/at_sign_in_password'],
    ['http://', 'agent.proxy_host_misread/no_host'],
    ['http://u@p:1', 'agent.proxy_credentials_misread/no_password_separator'],
    ['http://u:a+b@p:1', 'agent.proxy_credentials_misread/plus_became_space'],
    ['http://u:100%@p:1', 'agent.proxy_credentials_misread/credentials_truncated'],
  ])('%s of a claimed Agent: %s', async (value, name) => {
    const discovery = await discoverOn(linked(`proxy = ${value}`));
    expect(factNames(discovery)).toEqual([name]);
    const fact = discovery.facts.facts.find(({ finding }) => name.startsWith(finding));
    expect(fact).toMatchObject({ file: { path: CLOUD_CONF, line: 3 }, legs: ['env', 'auth', 'link'] });
  });

  it('a slash after the host is kept in it', async () => {
    expect(await names(linked('proxy = http://p/'))).toEqual([
      'agent.proxy_host_misread/slash_in_host',
      'agent.proxy_port_missing/port_missing',
    ]);
    expect(await names(linked('proxy = http://p:1/'))).toEqual([]);
  });

  it('before claiming both sides are told, each with what it takes', async () => {
    const discovery = await discoverOn(claiming(withToken('proxy = http://p')));
    const fact = factOf(discovery, 'agent.proxy_port_missing');
    expect(fact?.legs).toEqual(['claim', 'env', 'auth', 'link']);
    expect(fact?.data).toMatchObject({ portUsed: 8080, claimPortUsed: 1080, side: 'both' });
    expect(fact?.text).toContain('http://p:8080');
    expect(fact?.text).toContain('http://p:1080');
  });

  it('what only libcurl refuses is the claim’s', async () => {
    const discovery = await discoverOn(claiming(withToken('proxy = http://u:a#b@p:1')));
    const facts = discovery.facts.facts.filter(({ legs }) => legs.includes('claim'));
    expect(facts.map(({ data }) => data['kind'])).toEqual(['port_unusable']);
    expect(facts[0]?.legs).toEqual(['claim']);
  });

  it('SOCKS is for the link since 2.10.0', async () => {
    expect(await names(linked('proxy = socks5://p:1'), false, '2.9.0')).toEqual([
      'agent.proxy_scheme_unsupported/socks_not_in_this_version',
    ]);
    expect(await names(linked('proxy = socks5://p:1'), false, '2.10.0')).toEqual([]);
  });

  it.each([
    [{ HTTPS_PROXY: 'http://p:1' }, ['agent.proxy_env_mismatch/sides_differ']],
    [{ http_proxy: 'http://p:1' }, ['agent.proxy_env_mismatch/sides_differ']],
    [{ ALL_PROXY: 'http://p:1' }, ['agent.proxy_env_mismatch/sides_differ']],
    [{ http_proxy: 'http://p:1', https_proxy: 'http://q:1' }, ['agent.proxy_env_mismatch/sides_differ']],
    [{ https_proxy: 'http://p:1', no_proxy: 'netdata.cloud' }, ['agent.no_proxy_mismatch/claim_bypasses']],
    [
      { http_proxy: 'http://p:1', https_proxy: 'http://p:1', NO_PROXY: '*' },
      ['agent.no_proxy_mismatch/claim_bypasses'],
    ],
  ])('from %j', async (environment, expected) => {
    expect(await names(claiming(withToken('proxy = env'), { environment }))).toEqual(expected);
  });

  it('a unit that was edited holds after a restart', async () => {
    const host = linked('proxy = env', {
      processes: [{ pid: 7, startedAtMs: 5 }],
      environments: { 7: {} },
      files: { '/etc/systemd/system/netdata.service': '[Service]\nEnvironment=https_proxy=http://p:1\n' },
    });
    expect(await names(host)).toEqual(['agent.proxy_not_active_yet/unit_changed']);
  });
});

describe('base URLs', () => {
  it.each([
    ['app.netdata.cloud', ['port_zero']],
    ['HTTPS://app.netdata.cloud', ['port_zero']],
    ['http://app.netdata.cloud', ['scheme_not_https']],
    ['https://[::1]:8443', ['ipv6_literal_misread']],
    ['https://user:secret@host', ['port_unusable', 'userinfo']],
    ['https://host:', ['port_unusable']],
    ['https://host?x', ['query_in_host']],
    ['', ['empty']],
  ])('%j of a claimed Agent', async (url, kinds) => {
    const found = await names(linked(`url = ${url}`));
    expect(found).toEqual(kinds.map((kind) => `agent.base_url_invalid/${kind}`));
  });

  it('a path is the claim’s only, which is a note', async () => {
    expect(await names(linked('url = https://host/base'), true)).toContain('agent.base_url_invalid/path_ignored');
    expect(await names(linked('url = https://host/base'))).toEqual([]);
  });
});

describe('lines', () => {
  it.each([
    ['\ufeff[global]\ntoken = x\n', 'bom'],
    [`url = https://x\n${withToken('')}`, 'option_before_section'],
    [`[global] # ours\ntoken = ${TOKEN}\n`, 'section_not_closed'],
    [`[Global]\ntoken = ${TOKEN}\n`, 'unknown_section_case'],
    [withToken('Proxy = http://p:1'), 'unknown_key_case'],
    [withToken('proxy http://p:1'), 'no_equals'],
    [withToken('url = https://x.example # ours'), 'trailing_comment_kept'],
    [withToken('proxy = "http://p:1"'), 'quotes_kept'],
    [withToken('proxy = a\nproxy = b'), 'duplicate_key'],
    [withToken('url = https://x.example\u200b'), 'invisible_character'],
  ])('%j', async (text, kind) => {
    const found = await names(claiming(text), true);
    expect(found).toContain(`agent.config_syntax/${kind}`);
  });

  it('says file, line and text, without the secret', async () => {
    const discovery = await discoverOn(claiming(`[global]\ntoken = "${TOKEN}"\n`));
    const fact = discovery.facts.facts.find(({ data }) => data['kind'] === 'quotes_kept');
    expect(fact).toMatchObject({ file: { path: CLAIM_CONF, line: 2 }, legs: ['claim'] });
    expect(fact?.text).toContain('token = [hidden]');
    expect(JSON.stringify(discovery.facts)).not.toContain(TOKEN);
  });

  it('equal duplicates are nothing to talk about', async () => {
    expect(await names(linked('proxy = none\nproxy = none'), true)).toEqual(['agent.already_claimed/claimed']);
  });
});

describe('claim inputs', () => {
  it.each([
    [TOKEN, null],
    [`${TOKEN}\n`, 'token_line_end'],
    [` ${TOKEN}`, 'token_space'],
    [`"${TOKEN}"`, 'token_quotes'],
    ['YOUR_CLAIM_TOKEN', 'token_placeholder'],
    ['<token>', 'token_placeholder'],
    ['${TOKEN}', 'token_placeholder'],
    [`${TOKEN}!`, 'token_characters'],
    [CLAIMED_ID, 'token_uuid'],
    ['abcdef', 'token_short'],
  ])('token %j: %s', (token, kind) => {
    const oddity = tokenOddity(token);
    expect(oddity?.kind ?? null).toBe(kind);
    if (token.length > 20) expect(oddity?.text ?? '').not.toContain(token.trim());
  });

  it.each([
    [CLAIMED_ID, null],
    [`${CLAIMED_ID}, ${CLAIMED_ID},`, null],
    ['', null],
    [CLAIMED_ID + CLAIMED_ID, 'rooms_merged'],
    ['War room', 'rooms_shape'],
    [`${CLAIMED_ID}\n`, null],
  ])('rooms %j: %s', (rooms, kind) => {
    expect(roomsOddity(rooms)?.kind ?? null).toBe(kind);
  });

  it('a line end in the split token file is sent along (T31)', async () => {
    const files = { ...NATIVE, '/var/lib/netdata/cloud.d/token': `${TOKEN}\n` };
    const discovery = await discoverOn({ files });
    expect(factNames(discovery)).toEqual(['agent.claim_input_invalid/token_line_end']);
    expect(JSON.stringify(discovery.facts)).not.toContain(TOKEN);
  });

  it('in the ini file it is trimmed away', async () => {
    expect(await names(claiming(`[global]\ntoken = ${TOKEN}  \n`))).toEqual([]);
  });

  it('a claim.conf without a token is mentioned', async () => {
    expect(await names(claiming('[global]\nproxy = none\n'), true)).toEqual(['agent.config_syntax/no_token']);
  });
});

describe('old and moved settings', () => {
  it.each([
    ['cloud base url = https://x.example', '2.11.0', ['agent.config_syntax/obsolete_key']],
    ['cloud base url = https://x.example\nurl = https://y.example', '2.11.0', ['agent.config_syntax/obsolete_key']],
    ['enabled = no', '2.11.0', ['agent.link_disabled/key_not_read']],
    ['enabled = yes', '2.11.0', []],
  ])('%j in cloud.conf of %s', async (lines, version, expected) => {
    const found = (await names(linked(lines), true, version)).filter((name) => !name.startsWith('agent.already'));
    expect(found).toEqual(expected);
  });

  it('the old URL key still counts, the new one wins', async () => {
    const older = await discoverOn(linked('cloud base url = https://x.example'));
    expect(older.facts.legs.env.host).toBe('x.example');
    const both = await discoverOn(linked('cloud base url = https://x.example\nurl = https://y.example'));
    expect(both.facts.legs.env.host).toBe('y.example');
  });

  it('version 1 is switched off by cloud.conf, reads the old key only, and may lack the cloud', async () => {
    const host = (lines: string, more: MemoryHostOptions = {}): MemoryHostOptions => ({
      ...more,
      files: {
        ...NATIVE,
        ...KEY,
        [CLOUD_CONF]: `[global]\n${lines}\n`,
        '/var/lib/netdata/cloud.d/claimed_id': CLAIMED_ID,
      },
    });
    expect(await names(host('enabled = no'), false, '1.47.5')).toEqual(['agent.link_disabled/disabled']);
    expect(await names(host('url = https://x.example'), false, '1.47.5')).toEqual(['agent.config_syntax/key_not_read']);
    expect(await names(host('', { environment: { NETDATA_DISABLE_CLOUD: '1' } }), false, '1.47.5')).toEqual([
      'agent.link_disabled/variable',
    ]);
    const off = host('enabled = yes', { environment: { NETDATA_DISABLE_CLOUD: '1' } });
    expect(await names(off, false, '1.36.1')).toEqual([]);
    expect(await names(off, false, '1.40.1')).toEqual(['agent.link_disabled/variable']);
    expect(await names(off, false, '1.41.0')).toEqual([]);
    const programs = {
      '/usr/sbin/netdata -W buildinfo': { exitCode: 0, stdout: '    Netdata Cloud _____: NO (by user request)\n' },
    };
    expect(await names(host('', { programs }), false, '1.47.5')).toEqual(['agent.too_old/built_without_cloud']);
  });

  it('netdata.conf [cloud]: statistics, query thread count, mqtt5', async () => {
    const netdata = { [NETDATA_CONF]: '[cloud]\nstatistics = yes\nquery thread count = 2\nmqtt5 = yes\n' };
    const found = await names(linked('', { files: netdata }), true);
    expect(found.filter((name) => name.endsWith('obsolete_key'))).toHaveLength(3);
  });

  it('a proxy of netdata.conf that hides the other one is mentioned (T22)', async () => {
    const netdata = { [NETDATA_CONF]: '[cloud]\nproxy = http://n:1\n' };
    expect(await names(linked('proxy = http://c:1', { files: netdata }), true)).toContain(
      'agent.config_syntax/proxy_overridden',
    );
  });
});

describe('trust', () => {
  const pem = (name: string): string =>
    `-----BEGIN CERTIFICATE-----\n${Buffer.from(name).toString('base64')}\n-----END CERTIFICATE-----\n`;
  const system = { '/etc/pki/tls/cert.pem': pem('a'), '/etc/pki/tls/certs/ca-bundle.crt': pem('a') };
  const own = '/var/lib/netdata/cloud.d/trusted.pem';

  it('trusted.pem is the claim’s only (T5)', async () => {
    expect(await names(claiming(withToken(''), { files: { ...system, [own]: pem('corporate') } }), true)).toEqual([
      'agent.trust_split/claim_only',
    ]);
    expect(await names(claiming(withToken(''), { files: { ...system, [own]: pem('a') } }), true)).toEqual([]);
  });

  it('SSL_CERT_FILE is the link’s only (T5)', async () => {
    const more = { files: { ...system, '/x.pem': pem('corporate') }, environment: { SSL_CERT_FILE: '/x.pem' } };
    expect(await names(claiming(withToken(''), more), true)).toEqual(['agent.trust_split/link_only']);
  });

  it.each(['1', 'y', 'enabled', 'yes # for now', '"yes"'])('insecure = %s is no', async (value) => {
    expect(await names(linked(`insecure = ${value}`))).toContain('agent.insecure_ineffective/not_read_as_yes');
  });

  it('insecure = yes helps the link little, and before 2.3.0 not at all (T6)', async () => {
    const of = async (version: string) =>
      (await names(linked('insecure = yes'), true, version)).filter((name) => name.startsWith('agent.insecure'));
    expect(await of('2.11.0')).toEqual(['agent.insecure_ineffective/link_self_signed_only']);
    expect(await of('2.2.6')).toEqual(['agent.insecure_ineffective/link_ignores_it']);
  });

  it('NETDATA_CLAIM_INSECURE is not read', async () => {
    const environment = { NETDATA_CLAIM_TOKEN: TOKEN, NETDATA_CLAIM_INSECURE: 'yes' };
    expect(await names({ files: NATIVE, environment })).toEqual(['agent.insecure_ineffective/variable_not_read']);
  });
});

describe('secrets', () => {
  const PASSWORDS = ['p@:/%+"\'x', 'plain-password', 'a b', 'täst%40', '100%', '"; rm -rf', 'x#y'];

  it.each(PASSWORDS)('nothing that may be printed holds %j', async (password) => {
    for (const raw of [password, encodeURIComponent(password)]) {
      const proxy = `http://proxyuser:${raw}@p.example:3128`;
      const host: MemoryHostOptions = {
        files: {
          ...NATIVE,
          [CLAIM_CONF]: `[global]\ntoken = ${TOKEN} # old ${TOKEN}\nproxy = "${proxy}" # ${password}\nurl = https://${raw}@x\nbare ${password}\n`,
          [CLOUD_CONF]: `[global]\nproxy = ${proxy}\nmachine_guid = ${CLAIMED_ID}\n`,
          [NETDATA_CONF]: `[cloud]\nproxy = ${proxy}\n`,
          '/var/lib/netdata/cloud.d/token': `${TOKEN}\n`,
          '/var/lib/netdata/registry/netdata.public.unique.id': CLAIMED_ID,
          '/etc/environment': `http_proxy="${proxy}"\n`,
        },
        environment: { http_proxy: proxy, HTTPS_PROXY: proxy, NETDATA_CLAIM_TOKEN: TOKEN, NETDATA_CLAIM_PROXY: proxy },
      };
      const { facts, observations, routes, secrets } = await discoverOn(host);
      const shown = JSON.stringify({ facts, observations, routes });
      for (const secret of [TOKEN, CLAIMED_ID, 'proxyuser']) expect(shown).not.toContain(secret);
      for (const form of [password, raw]) {
        if (form.length > 3) expect(shown).not.toContain(JSON.stringify(form).slice(1, -1));
      }
      const values = secrets.map(({ value }) => value);
      expect(values).toEqual(expect.arrayContaining([TOKEN, CLAIMED_ID, raw, 'proxyuser']));
    }
  });
});

describe('settings that nobody reads', () => {
  const misplaced = async (files: Record<string, string>, version?: string) =>
    (
      await discoverOn({ files: { ...NATIVE, ...files } }, version === undefined ? {} : { agentVersion: version })
    ).facts.facts
      .filter(({ finding }) => finding === 'agent.settings_misplaced')
      .map(
        ({ data, file }) =>
          `${String(data['kind'])} ${file?.path ?? ''}:${String(file?.line)} ${String(data['effect'])}`,
      );
  const CLOUD = '/var/lib/netdata/cloud.d/cloud.conf';

  it.each<[string, Record<string, string>, string | undefined, string[]]>([
    [
      'cloud.conf in the configuration directory',
      { '/etc/netdata/cloud.conf': '[global]\nproxy = http://p:1\n' },
      undefined,
      ['stray_file /etc/netdata/cloud.conf:2 route'],
    ],
    [
      'cloud.d there',
      { '/etc/netdata/cloud.d/cloud.conf': '[global]\nurl = https://a\n' },
      undefined,
      ['stray_file /etc/netdata/cloud.d/cloud.conf:2 note'],
    ],
    [
      'claim.conf beside cloud.conf',
      { '/var/lib/netdata/cloud.d/claim.conf': '[global]\ntoken = x\n' },
      undefined,
      ['stray_file /var/lib/netdata/cloud.d/claim.conf:2 note'],
    ],
    [
      '[cloud] enable',
      { '/etc/netdata/netdata.conf': '[cloud]\nenable = no\n' },
      undefined,
      ['netdata_conf /etc/netdata/netdata.conf:2 note'],
    ],
    [
      '[cloud] enabled',
      { '/etc/netdata/netdata.conf': '[cloud]\nenabled = yes\n' },
      '1.45.6',
      ['netdata_conf /etc/netdata/netdata.conf:2 note'],
    ],
    ['[cloud] proxy', { '/etc/netdata/netdata.conf': '[cloud]\nproxy = none\n' }, undefined, []],
    [
      '[global] proxy',
      { '/etc/netdata/netdata.conf': '[global]\nproxy = http://p:1\n' },
      undefined,
      ['netdata_conf /etc/netdata/netdata.conf:2 route'],
    ],
    [
      '[agent_cloud_link]',
      { '/etc/netdata/netdata.conf': '[agent_cloud_link]\nproxy = http://p:1\n' },
      undefined,
      ['old_section /etc/netdata/netdata.conf:2 route'],
    ],
    [
      'another section',
      { '/etc/netdata/claim.conf': '[cloud]\ntoken = x\n' },
      undefined,
      ['section /etc/netdata/claim.conf:2 note'],
    ],
    [
      'a proxy without a token',
      { '/etc/netdata/claim.conf': '[global]\nproxy = http://p:1\n' },
      undefined,
      ['proxy_without_token /etc/netdata/claim.conf:2 note'],
    ],
    [
      'claim.conf of a version that does not know it',
      { '/etc/netdata/claim.conf': '[global]\ntoken = x\n' },
      '1.47.5',
      ['claim_conf /etc/netdata/claim.conf:2 note'],
    ],
    [
      'cloud.conf proxy before 1.46',
      { [CLOUD]: '[global]\nproxy = http://p:1\n' },
      '1.45.6',
      [`cloud_conf_proxy ${CLOUD}:2 route`],
    ],
    ['cloud.conf proxy since 1.46', { [CLOUD]: '[global]\nproxy = http://p:1\n' }, '1.46.0', []],
  ])('%s', async (_what, files, version, told) => {
    expect(await misplaced(files, version)).toEqual(told);
  });
});

describe('files that an installer has damaged', () => {
  it('a claim.conf of one line: told once, with what to write, and without the token', async () => {
    const line = `[global]\\n   url = https://app.netdata.cloud\\n   token = ${TOKEN}\\n   proxy = http://u:s3cret@p:3128\\n`;
    const discovery = await discoverOn({ files: { ...NATIVE, '/etc/netdata/claim.conf': `${line}\n` } });
    expect(factNames(discovery)).toEqual(['agent.config_syntax/one_line']);
    const write = factOf(discovery, 'agent.config_syntax')?.data['write'];
    expect(write).toBe(
      '[global]\n    url = https://app.netdata.cloud\n    token = TOKEN\n    proxy = http://USER:PASSWORD@p:3128',
    );
    expect(JSON.stringify(discovery.facts)).not.toMatch(/s3cret|aB3_dE/);
  });

  it('a login whose %40 became blanks', async () => {
    const proxy = `http://user:p${' '.repeat(40)}ecret@proxy:3128`;
    const files = { ...NATIVE, '/etc/netdata/claim.conf': `[global]\ntoken = ${TOKEN}\nproxy = ${proxy}\n` };
    const discovery = await discoverOn({ files });
    const fact = discovery.facts.facts.find(({ data }) => data['kind'] === 'login_blanks');
    expect(fact).toMatchObject({
      file: { path: '/etc/netdata/claim.conf', line: 3 },
      data: { write: '    proxy = http://USER:PASSWORD@proxy:3128' },
    });
    expect(JSON.stringify(discovery.facts)).not.toContain('ecret');
  });

  const withLogin = (text: string): NonNullable<MemoryHostOptions['files']> => ({
    ...NATIVE,
    '/etc/netdata/claim.conf': `[global]\ntoken = ${TOKEN}\nproxy = ${text}`,
  });
  // What sh (dash and bash) writes for a format of `http://u:s3%3Ab@proxy:3128\n`, and so on.
  it.each([
    ['login_blanks', `http://u:s3${' '.repeat(34)}0x0p+0b@proxy:3128\n`],
    ['login_number', 'http://u:s30X0P+0b@proxy:3128\n'],
    ['login_number', 'http://u:s30.000000b@proxy:3128\n'],
    ['login_cut', 'http://u:s3'],
  ])('a login that printf took for a format: %s', async (kind, text) => {
    const { facts } = await discoverOn({ files: withLogin(text) });
    const fact = facts.facts.find(({ data }) => data['kind'] === kind);
    const proxy = kind === 'login_cut' ? 'PROXY:PORT' : 'proxy:3128';
    expect(fact).toMatchObject({ data: { write: `    proxy = http://USER:PASSWORD@${proxy}` } });
    expect(JSON.stringify(facts)).not.toContain('s3');
  });

  it.each([
    'http://proxy:3128',
    'http://u:p0.5@proxy:3128\n',
    'http://proxy',
    'http://u:p@proxy:3128',
    'http://u:s3\n',
    'http://0.000000.example:3128\n',
  ])('%j is whole', async (text) => {
    const names = factNames(await discoverOn({ files: withLogin(text) }));
    expect(names.filter((name) => name.includes('/login_'))).toEqual([]);
  });

  it.each([
    ['2.8.5', 'of this version writes it where sh is bash'],
    ['2.9.0', 'of 2.0.0 to 2.8.5 wrote it'],
  ])('whose script writes one line: %s', async (version, words) => {
    const files = { ...NATIVE, '/etc/netdata/claim.conf': `[global]\\n   token = ${TOKEN}\\n\n` };
    expect(factOf(await discoverOn({ files }, { agentVersion: version }), 'agent.config_syntax')?.text).toContain(
      words,
    );
  });

  it.each([
    ['2.10.4', 'the installer of this version'],
    ['2.11.0', 'an installer before 2.11.0'],
  ])('whose installer takes a login for a format: %s', async (version, words) => {
    const files = withLogin('http://u:s30X0P+0b@proxy:3128\n');
    const { facts } = await discoverOn({ files }, { agentVersion: version });
    expect(facts.facts.find(({ data }) => data['kind'] === 'login_number')?.text).toContain(words);
  });

  it('a file with its lines, and a login with %40 in it, are as they should be', async () => {
    const files = { ...NATIVE, '/etc/netdata/claim.conf': `[global]\ntoken = ${TOKEN}\nproxy = http://u:p%40q@p:1\n` };
    expect(factNames(await discoverOn({ files }))).not.toContain('agent.config_syntax/login_blanks');
  });
});
