/** What `rules --list` shows: every target, in a terminal of 80 columns. */
import { describe, expect, test } from 'vitest';
import { renderCommand } from '../../../../src/cli/rules/render-command.js';
import { RULE_TARGETS } from '../../../../src/firewall/registry.js';

async function shown(flags: { readonly json?: boolean }): Promise<string> {
  let out = '';
  const io = { out: (text: string) => void (out += text), err: () => undefined, exit: () => undefined };
  await renderCommand(undefined, { list: true, ...flags }, io);
  return out;
}

describe('rules --list', () => {
  test('names every target and fits a terminal', async () => {
    const text = await shown({});
    for (const target of RULE_TARGETS) expect(text).toMatch(new RegExp(`^  ${target.id} `, 'm'));
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
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
