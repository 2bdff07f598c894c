/** What `rules --list` shows: every target, in a terminal of 80 columns. */
import { describe, expect, test } from 'vitest';
import { renderCommand } from '../../../../src/cli/rules/render-command.js';
import type { HostFacts } from '../../../../src/firewall/live/surroundings.js';
import { RULE_TARGETS } from '../../../../src/firewall/registry.js';
import { factsOf } from '../../firewall/facts.js';

async function shown(flags: { readonly json?: boolean }, of: Partial<HostFacts> = {}): Promise<string> {
  let out = '';
  const io = { out: (text: string) => void (out += text), err: () => undefined, exit: () => undefined };
  await renderCommand(undefined, { list: true, ...flags }, io, () => Promise.resolve(factsOf(of)));
  return out;
}

describe('rules --list', () => {
  test('names every target and fits a terminal', async () => {
    const text = await shown({});
    for (const target of RULE_TARGETS) expect(text).toMatch(new RegExp(`^  ${target.id} `, 'm'));
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test('shows first, and only there, what fits this host', async () => {
    const text = await shown({}, { system: 'openwrt' });
    expect(text.match(/^ {2}openwrt /gm)).toHaveLength(1);
    expect(text.indexOf('\n  openwrt ')).toBeLessThan(text.indexOf('\nhosts\n'));
    expect(await shown({})).not.toContain('yours');
  });

  test('gives programs the capabilities and settings', async () => {
    const { schema, targets } = JSON.parse(await shown({ json: true })) as {
      schema: string;
      targets: { id: string; capabilities: object; checkedBy: string[] }[];
    };
    expect(schema).toBe('netdata-egress/rule-targets');
    expect(targets.map((row) => row.id)).toEqual(RULE_TARGETS.map((target) => target.id));
    expect(targets.find((row) => row.id === 'nftables')).toMatchObject({
      capabilities: { ownerMatch: true, modes: ['allow', 'enforce'] },
      checkedBy: ['nft -c'],
    });
  });
});
