/** An option of one name means the same on every command: one table over all that the commands declare. */
import { beforeAll, describe, expect, it } from 'vitest';
import { commandTree, every, type CommandNode } from '../../../src/cli/completion/tree.js';
import { COMMANDS } from '../../../src/cli/commands/registry.js';
import { topHelp } from '../../../src/cli/top-help.js';
import { RULE_TARGETS } from '../../../src/firewall/registry.js';
import { slipOf } from '../../../src/model/unknown-name.js';

let nodes: readonly CommandNode[] = [];
beforeAll(async () => {
  nodes = [...every(await commandTree())];
});

const nameOf = ({ path }: CommandNode): string => path.join(' ');

/** Every spelling of an option, with where it stands. */
function spellings(name: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const node of nodes) {
    for (const option of node.options) {
      if (!option.names.includes(name)) continue;
      const at = found.get(option.flags) ?? [];
      found.set(option.flags, [...at, nameOf(node)]);
    }
  }
  return found;
}

describe('options', () => {
  it.each([
    ['-q', ['-q, --quiet']],
    ['--quiet', ['-q, --quiet']],
    ['-v', ['-v, --verbose']],
    ['--json', ['--json']],
    ['--format', ['--format <name>', '--format <list>']],
    ['--output', ['--output <file>']],
    ['--output-dir', ['--output-dir <dir>']],
    ['-4', ['-4, --ipv4']],
    ['-6', ['-6, --ipv6']],
    ['--strict', ['--strict']],
    ['--dry-run', ['--dry-run']],
    ['--no-color', ['--no-color']],
    ['--ascii', ['--ascii']],
    ['--state-dir', ['--state-dir <dir>']],
    ['--timeout', ['--timeout <duration>']],
    ['--every', ['--every <duration>']],
    ['--redact', ['--redact <mode>']],
    ['--map', ['--map <file>']],
  ])('%s is spelt alike everywhere', (name, forms) => {
    const found = [...spellings(name).keys()];
    expect(found.length).toBeGreaterThan(0);
    for (const flags of found) expect(forms).toContain(flags);
  });

  it('has no letter with two meanings', () => {
    const long = new Map<string, string>();
    for (const { options } of nodes)
      for (const { names } of options) {
        const [short, other] = names;
        if (other === undefined || short === undefined) continue;
        expect(long.get(short) ?? other).toBe(other);
        long.set(short, other);
      }
    expect(long.size).toBeGreaterThan(4);
  });

  it('can be tried without an effect wherever something is changed', () => {
    const changes = [
      'config set',
      'config enable',
      'config disable',
      'rules apply',
      'rules install',
      'rules uninstall',
      'rules refresh',
      'rules rollback',
      'rules confirm',
      'watch install',
      'watch uninstall',
    ];
    const has = nodes.filter(({ options }) => options.some(({ names }) => names.includes('--dry-run'))).map(nameOf);
    expect([...has].sort()).toEqual([...changes].sort());
  });

  it('says what each is for, in words', () => {
    for (const node of nodes)
      for (const { flags, description } of node.options)
        expect(description.length, `${nameOf(node)} ${flags}`).toBeGreaterThan(3);
  });
});

describe('verbs', () => {
  it('no name of a target is taken for a mistyped verb', () => {
    const verbs = nodes.filter(({ path }) => path[0] === 'rules' && path.length === 2).map(({ path }) => path[1] ?? '');
    expect(verbs.length).toBeGreaterThan(8);
    for (const { id } of RULE_TARGETS) expect(slipOf(id, verbs), id).toBe(null);
  });
});

describe('the help of the program', () => {
  it('names every command, and addresses only where the package has them', () => {
    const help = topHelp(80, { homepage: null, issues: null });
    for (const { usage } of COMMANDS) expect(help).toContain(`  ${usage} `);
    expect(help).not.toContain('://');
    const with_ = topHelp(80, { homepage: 'https://egress.example/', issues: 'https://egress.example/issues' });
    expect(with_).toMatch(/https:\/\/egress\.example\/\n.*https:\/\/egress\.example\/issues\n/);
  });
});
