import { describe, expect, it } from 'vitest';
import { directives, parseEnvironmentFile, splitAssignments } from '../../../src/agent/systemd-syntax.js';
import { readUnit } from '../../../src/agent/systemd-unit.js';
import { memoryHost } from './memory-host.js';

const UNIT = '/lib/systemd/system/netdata.service';
const DROP = '/etc/systemd/system/netdata.service.d';

const variables = async (files: Record<string, string>) =>
  Object.fromEntries((await readUnit(memoryHost({ files })))?.variables ?? []);

describe('syntax', () => {
  it('splits words, quotes and escapes', () => {
    expect(splitAssignments(`A=1 "B=two words" 'C=x y' D=a\\ b E="in side" F=%%40 nothing`)).toEqual([
      ['A', '1'],
      ['B', 'two words'],
      ['C', 'x y'],
      ['D', 'a b'],
      ['E', 'in side'],
      ['F', '%40'],
    ]);
  });
  it('joins continued lines and skips comments', () => {
    const text = '[Unit]\nX=0\n[Service]\n# c\nEnvironment=A=1 \\\n  B=2\n; c\nUser = root\n';
    expect(directives(text, 'Service')).toEqual([
      { key: 'Environment', value: 'A=1  B=2' },
      { key: 'User', value: 'root' },
    ]);
  });
  it('reads an environment file', () => {
    expect(parseEnvironmentFile('# c\nA=1\nB="two words"\nexport C=x\nD=a\\ b\n=x\nE=\n')).toEqual([
      ['A', '1'],
      ['B', 'two words'],
      ['D', 'a b'],
      ['E', ''],
    ]);
  });
});

describe('the environment of the unit', () => {
  it('is null without a unit, and empty for one that sets nothing', async () => {
    expect(await readUnit(memoryHost())).toBeNull();
    expect(await variables({ [UNIT]: '[Service]\nExecStart=/usr/sbin/netdata -D\n' })).toEqual({});
  });

  it('takes drop-ins in the order of their names, the later one over the earlier', async () => {
    const files = {
      [UNIT]: '[Service]\nEnvironment=http_proxy=http://unit:1\n',
      [`${DROP}/20-b.conf`]: '[Service]\nEnvironment=http_proxy=http://b:1\n',
      [`${DROP}/10-a.conf`]: '[Service]\nEnvironment=http_proxy=http://a:1\n',
    };
    expect(await variables(files)).toEqual({ http_proxy: 'http://b:1' });
  });

  it('lets /etc hide a drop-in of the same name', async () => {
    const files = {
      [UNIT]: '[Service]\n',
      '/usr/lib/systemd/system/netdata.service.d/p.conf': '[Service]\nEnvironment=A=vendor\n',
      [`${DROP}/p.conf`]: '[Service]\nEnvironment=A=admin\n',
    };
    expect(await variables(files)).toEqual({ A: 'admin' });
  });

  it('an empty assignment takes back what came before', async () => {
    const files = {
      [UNIT]: '[Service]\nEnvironment=A=1\n',
      [`${DROP}/p.conf`]: '[Service]\nEnvironment=\nEnvironment=B=2\n',
    };
    expect(await variables(files)).toEqual({ B: '2' });
  });

  it('environment files win over Environment=, defaults of the manager lose', async () => {
    const files = {
      '/etc/systemd/system.conf': '[Manager]\nDefaultEnvironment=A=manager B=manager\n',
      [UNIT]:
        '[Service]\nEnvironmentFile=-/etc/default/netdata\nEnvironmentFile=-/etc/missing\nEnvironment=A=unit C=unit\n',
      '/etc/default/netdata': 'C=file\n',
    };
    expect(await variables(files)).toEqual({ A: 'unit', B: 'manager', C: 'file' });
  });

  it('names the program, the user, and what it could not read', async () => {
    const unit = await readUnit(
      memoryHost({
        files: {
          [UNIT]:
            '[Service]\nUser=netdata\nExecStart=-/opt/netdata/usr/sbin/netdata -D\nEnvironmentFile=/etc/gone\nEnvironment=A=1\nUnsetEnvironment=A\n',
        },
      }),
    );
    expect(unit).toMatchObject({
      user: 'netdata',
      program: '/opt/netdata/usr/sbin/netdata',
      unreadable: ['/etc/gone'],
    });
    expect(unit?.variables.size).toBe(0);
  });
});
