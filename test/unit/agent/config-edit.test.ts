import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffConfig, editConfig } from '../../../src/agent/config-edit.js';
import { parseChange, planChange } from '../../../src/agent/config-plan.js';
import { lookup, parseIni } from '../../../src/agent/ini.js';
import { UsageError } from '../../../src/model/errors.js';
import { CLAIMED_ID, NATIVE, TOKEN, discoverOn } from './discover-on.js';
import type { MemoryHostOptions } from './memory-host.js';

const edit = (text: string, value: string, key = 'proxy', section = 'global') =>
  editConfig(text, { section, key, value });

describe('editConfig', () => {
  it.each([
    ['replaces', '[global]\n    proxy = a\n    url = u\n', '[global]\n    proxy = NEW\n    url = u\n'],
    ['replaces the last one, which counts', '[global]\nproxy = a\nproxy = b\n', '[global]\nproxy = a\nproxy = NEW\n'],
    ['keeps the rest', '# head\n[global]\nproxy=a # x\n\n# tail\n', '# head\n[global]\nproxy = NEW\n\n# tail\n'],
    [
      'goes behind its own comment',
      '[global]\n  url = u\n  # proxy = env\n  rooms = r\n',
      '[global]\n  url = u\n  # proxy = env\n  proxy = NEW\n  rooms = r\n',
    ],
    [
      'goes to the end of its section',
      '[global]\n  url = u\n\n[cloud]\nx = y\n',
      '[global]\n  url = u\n  proxy = NEW\n\n[cloud]\nx = y\n',
    ],
    ['makes the section', '[other]\nx = y\n', '[other]\nx = y\n\n[global]\n    proxy = NEW\n'],
    ['makes the file', '', '[global]\n    proxy = NEW\n'],
    [
      'does not take another case for it',
      '[Global]\nproxy = a\n',
      '[Global]\nproxy = a\n\n[global]\n    proxy = NEW\n',
    ],
    ['drops a mark that hides the section', '\ufeff[global]\nproxy = a\n', '[global]\nproxy = NEW\n'],
    ['keeps CRLF', '[global]\r\nproxy = a\r\n', '[global]\r\nproxy = NEW\r\n'],
    ['ends the last line', '[global]\nproxy = a', '[global]\nproxy = NEW\n'],
  ])('%s', (_name, before, after) => {
    expect(edit(before, 'NEW')).toBe(after);
  });

  it.each(['a\nb', 'a\0b', ' a', 'a ', 'x'.repeat(5000)])('refuses %j', (value) => {
    expect(() => edit('', value)).toThrow(UsageError);
  });

  it('whatever the file, the Agent reads the new value, and everything else as before', () => {
    const line = fc.oneof(
      fc.constantFrom(
        '[global]',
        '[cloud]',
        '[ global ]',
        '',
        '# proxy = x',
        'proxy = old',
        'proxy=',
        '  url = u # c',
        'nonsense',
        ';proxy = z',
        'Proxy = q',
        '[global',
      ),
      fc.stringMatching(/^[ -~]{0,30}$/),
    );
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/),
        (lines, value) => {
          const before = lines.join('\n');
          const [old, next] = [before, edit(before, value)].map((text) => parseIni(new TextEncoder().encode(text)));
          if (old === undefined || next === undefined) throw new Error('two files');
          expect(lookup(next, 'global', 'proxy')?.value).toBe(value);
          const others = (file: typeof old) =>
            file.entries
              .filter((entry) => !(entry.section === 'global' && entry.key === 'proxy'))
              .map(({ section, key, value: text }) => [section, key, text]);
          expect(others(next)).toEqual(others(old));
        },
      ),
    );
  });
});

describe('diffConfig', () => {
  it('shows what changes, secrets hidden', () => {
    const before = `[global]\ntoken = ${TOKEN}\n# proxy = http://u:S3CRET@old:1\nproxy = http://u:S3CRET@p:1\nrooms = x\nurl = u\n`;
    const shown = diffConfig(before, edit(before, 'http://v:S3CRET@q:2'));
    expect(shown.map(({ mark, text }) => mark + text)).toEqual([
      ' token = [hidden]',
      ' # proxy = http://[hidden]@old:1',
      '-proxy = http://[hidden]@p:1',
      '+proxy = http://[hidden]@q:2',
      ' rooms = [hidden]',
      ' url = u',
    ]);
  });
  it('is empty when nothing changes', () => {
    expect(diffConfig('[global]\nproxy = a\n', '[global]\nproxy = a\n')).toEqual([]);
  });
});

describe('parseChange', () => {
  it.each([
    ['proxy=http://u:p=q@h:1', { key: 'proxy', value: 'http://u:p=q@h:1' }],
    ['proxy=', { key: 'proxy', value: '' }],
    ['insecure=YES', { key: 'insecure', value: 'yes' }],
    ['insecure=off', { key: 'insecure', value: 'no' }],
    ['url=https://cloud.example:8443/', { key: 'url', value: 'https://cloud.example:8443' }],
  ])('%s', (text, change) => {
    expect(parseChange(text)).toEqual(change);
  });
  it.each([
    'proxy',
    'token=x',
    'insecure=1',
    'url=cloud.example',
    'url=HTTPS://x',
    'url=https://x/path',
    'url=https://u:p@x',
    '',
  ])('%j is refused', (text) => {
    expect(() => parseChange(text)).toThrow(UsageError);
  });
});

describe('planChange', () => {
  const CLOUD = '/var/lib/netdata/cloud.d/cloud.conf';
  const plan = async (host: MemoryHostOptions, text: string, agentVersion = '2.11.0') =>
    planChange((await discoverOn(host, { agentVersion })).facts, parseChange(text));
  const claimed = { files: { ...NATIVE, [CLOUD]: `[global]\nclaimed_id = ${CLAIMED_ID}\nproxy = env\n` } };

  it('before claiming: claim.conf, and a restart for the link', async () => {
    expect(await plan({ files: NATIVE }, 'proxy=none')).toMatchObject({
      kind: 'edit',
      change: {
        path: '/etc/netdata/claim.conf',
        section: 'global',
        key: 'proxy',
        whenCreated: { mode: 0o640, owner: 'root', group: 'netdata' },
      },
    });
    const planned = await plan({ files: NATIVE }, 'proxy=none');
    expect(planned.kind === 'edit' ? planned.change.afterwards.join() : '').toMatch(/reload-claiming-state.*restart/);
  });

  it('claimed: cloud.conf', async () => {
    expect(await plan(claimed, 'proxy=none')).toMatchObject({
      change: {
        path: CLOUD,
        key: 'proxy',
        afterwards: ['sudo systemctl restart netdata'],
        whenCreated: { mode: 0o770, owner: 'netdata', group: 'netdata' },
      },
    });
  });

  it('netdata.conf where it wins (T22)', async () => {
    const host = { files: { ...claimed.files, '/etc/netdata/netdata.conf': '[cloud]\nproxy = http://n:1\n' } };
    expect(await plan(host, 'proxy=none')).toMatchObject({
      change: { path: '/etc/netdata/netdata.conf', section: 'cloud', key: 'proxy' },
    });
    expect(await plan(host, 'insecure=no')).toMatchObject({ change: { path: CLOUD } });
  });

  it('says so where netdata.conf will win after claiming', async () => {
    const host = { files: { ...NATIVE, '/etc/netdata/netdata.conf': '[cloud]\nproxy = http://n:1\n' } };
    const planned = await plan(host, 'proxy=none');
    expect(planned.kind === 'edit' ? planned.change.afterwards.join() : '').toContain(
      'remove [cloud] proxy from /etc/netdata/netdata.conf',
    );
  });

  it('version 1 has another name for the URL', async () => {
    expect(await plan(claimed, 'url=https://x.example', '1.47.5')).toMatchObject({
      change: { path: CLOUD, key: 'cloud base url' },
    });
  });

  it('refuses what no file can hold', async () => {
    const environment = { NETDATA_CLAIM_TOKEN: TOKEN };
    expect(await plan({ files: NATIVE, environment }, 'proxy=none')).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('NETDATA_CLAIM_PROXY'),
    });
    const denied = { files: NATIVE, deniedDirectories: ['/var/lib/netdata/cloud.d'] };
    expect(await plan(denied, 'proxy=none')).toMatchObject({ kind: 'refused', why: expect.stringContaining('root') });
  });

  it('the switch exists before version 2 only', async () => {
    const facts = async (agentVersion: string) => (await discoverOn(claimed, { agentVersion })).facts;
    expect(planChange(await facts('1.47.5'), { key: 'enabled', value: 'no' })).toMatchObject({
      change: { path: CLOUD, key: 'enabled', value: 'no' },
    });
    expect(planChange(await facts('2.11.0'), { key: 'enabled', value: 'no' })).toMatchObject({ kind: 'refused' });
  });
});
