import { describe, expect, it } from 'vitest';
import { labeller, parseLabelFile } from '../../../src/cli/report/merge/label-file.js';
import { parseLabels } from '../../../src/cli/doctor/labels.js';

const labelsOf = (value: unknown) =>
  Object.fromEntries(parseLabelFile(typeof value === 'string' ? value : JSON.stringify(value), 'x'));

describe('labels from outside', () => {
  it('reads the inventory of Ansible: each group, also of groups', () => {
    expect(
      labelsOf({
        _meta: { hostvars: { w1: { site: 'no label' } } },
        all: { children: ['eu', 'ungrouped'] },
        eu: { children: ['web', 'db', 'eu'] },
        web: { hosts: ['w1', 'w2'] },
        db: { hosts: ['d1'] },
        ungrouped: { hosts: ['u'] },
      }),
    ).toEqual({ w1: ['group=eu', 'group=web'], w2: ['group=eu', 'group=web'], d1: ['group=eu', 'group=db'] });
  });

  it('reads nodes of Kubernetes, a plain object, and lines', () => {
    expect(
      labelsOf({
        kind: 'List',
        items: [{ metadata: { name: 'n1', labels: { 'topology.kubernetes.io/zone': 'a' } } }, 7],
      }),
    ).toEqual({
      n1: ['topology.kubernetes.io/zone=a'],
    });
    expect(labelsOf({ h: { site: 'ams1', rack: 7, odd: {} } })).toEqual({ h: ['rack=7', 'site=ams1'] });
    expect(labelsOf('# comment\nh site=ams1 rack=7\n\ni,site=x # y\n')).toEqual({
      h: ['site=ams1', 'rack=7'],
      i: ['site=x'],
    });
  });

  it.each(['{"h":', '[]', '{"h":[]}', 'h site\n', '"x"'])('says in one sentence what is wrong with %s', (text) => {
    expect(() => parseLabelFile(text, 'x')).toThrow(/^x|holds no/);
  });

  it('knows a host by its whole name, else by what stands before the first dot', () => {
    const label = labeller(
      new Map([
        ['a.example', ['s=1']],
        ['b', ['s=2']],
        ['c.x', ['s=3']],
        ['c.y', ['s=4']],
      ]),
    );
    expect(['a.example', 'a', 'b', 'b.example', 'c', 'c.y', 'a.other'].map((host) => label(host, '').join())).toEqual([
      's=1',
      's=1',
      's=2',
      's=2',
      '',
      's=4',
      '',
    ]);
    // An inventory may have its own name for a host: it is the name of the file.
    expect(label('ip-10-0-0-1', 'reports/b.json')).toEqual(['s=2']);
    expect(label('ip-10-0-0-1', 'reports/other.json')).toEqual([]);
  });
});

describe('labels of a run', () => {
  it('takes KEY=VALUE', () => {
    expect(parseLabels(['site=ams1', 'topology.kubernetes.io/zone=a-b'])).toEqual({
      site: 'ams1',
      'topology.kubernetes.io/zone': 'a-b',
    });
  });
  it.each([
    [['site']],
    [['=x']],
    [['site=']],
    [['site=a b']],
    [['site=a', 'site=b']],
    [['s=<b>']],
    [[`s=${'x'.repeat(64)}`]],
  ])('refuses %j', (texts) => {
    expect(() => parseLabels(texts)).toThrow(/--label/);
  });
});
