/** Completions as the shells themselves read them, and the manual page as man(1) does. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bashScript } from '../../../src/cli/completion/bash.js';
import { fishScript } from '../../../src/cli/completion/fish.js';
import { manualPage } from '../../../src/cli/completion/man.js';
import { commandTree, every, type CommandNode } from '../../../src/cli/completion/tree.js';
import { zshScript } from '../../../src/cli/completion/zsh.js';
import { COMMANDS } from '../../../src/cli/commands/registry.js';
import { RULES } from '../../../src/diagnose/registry.js';
import { SCENARIOS } from '../../../src/sim/scenarios/registry.js';

let dir = '';
let root: CommandNode;
const file = (name: string): string => join(dir, name);

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'nde-completion-'));
  root = await commandTree();
  writeFileSync(file('script.bash'), bashScript(root));
  writeFileSync(file('script.zsh'), zshScript(root));
  writeFileSync(file('script.fish'), fishScript(root));
  writeFileSync(file('page.1'), manualPage(root, '2026-01-02'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function run(program: string, args: readonly string[], input = ''): string {
  const env = { PATH: process.env['PATH'] ?? '', HOME: dir, LANG: 'C.UTF-8', TERM: 'dumb', DIR: dir, MANWIDTH: '80' };
  const { status, stdout, stderr, error } = spawnSync(program, args, { input, env, encoding: 'utf8', timeout: 30_000 });
  expect(error, `${program} is needed for this test`).toBeUndefined();
  expect({ status, stderr }, stdout.slice(-500)).toEqual({ status: 0, stderr: '' });
  return stdout;
}
const has = (program: string): boolean => spawnSync(program, ['--version'], { timeout: 10_000 }).error === undefined;

/** Lines as typed up to the cursor; one list of completions each. */
function bash(lines: readonly string[]): readonly (readonly string[])[] {
  const ask = lines.map((line) => {
    // As readline splits them, with = among COMP_WORDBREAKS.
    const words = line.replaceAll('=', ' = ').split(/ +/);
    return `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${String(words.length - 1)}; _netdata_egress 2>/dev/null; echo "\${COMPREPLY[*]}"`;
  });
  return splitLines(run('bash', ['--norc', '-c', ['. "$DIR/script.bash"', ...ask].join('\n')]));
}

function fish(lines: readonly string[]): readonly (readonly string[])[] {
  const ask = lines.map((line) => `echo (complete -C '${line}' | string replace -r '\\t.*' '')`);
  return splitLines(run('fish', ['--no-config', '-c', ['source $DIR/script.fish', ...ask].join('\n')]));
}

const splitLines = (text: string): readonly (readonly string[])[] =>
  text.split('\n').map((line) => line.split(' ').filter((word) => word !== ''));

/** A real line editor in a terminal of its own, which prints what it would offer. */
const ZPTY = `
zmodload zsh/zpty
zpty z zsh -f -i
print -r -- '
PROMPT=
autoload -Uz compinit
compinit -D -u
source "$DIR/script.zsh"
bindkey "^M" undefined
bindkey "^J" undefined
bindkey "^I" complete-word
end-of-matches() { print -r -- "<<END>>" }
comppostfuncs=(end-of-matches exit)
compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
  typeset -a hits
  builtin compadd -A hits "$@"
  print -rl -- $hits
}
print READY' > $DIR/setup.zsh
zpty -w z 'source $DIR/setup.zsh'
zpty -r -m z line '*READY*'
zpty -w z "$1"$'\\t'
zpty -r -m z line '*<<END>>*'
print -r -- $line`;

function zsh(line: string): readonly string[] {
  const shown = run('zsh', ['-f', '-c', ZPTY, 'zsh', line]);
  const [, typed = ''] = /\n?.*netdata-egress ([^]*)<<END>>/.exec(shown.replaceAll('\r', '')) ?? [];
  return typed.split('\n').map((each) => each.trim());
}

const commands = COMMANDS.map(({ name }) => name);
const live = ['nftables', 'iptables', 'ip6tables', 'ipset', 'ufw', 'firewalld'];

describe.each([
  ['bash', bash],
  ['fish', fish],
] as const)('%s', (shell, complete) => {
  const test = it.skipIf(!has(shell));

  test('completes commands, verbs, options and our own names', () => {
    const cases: readonly (readonly [line: string, offered: readonly string[]])[] = [
      ['netdata-egress ', commands],
      ['netdata-egress rules app', ['apply']],
      ['netdata-egress rules apply ', live],
      ['netdata-egress rules nft', ['nftables']],
      ['netdata-egress rules --list sq', ['squid']],
      ['netdata-egress doctor --format ht', ['html']],
      ['netdata-egress doctor --format=ht', shell === 'bash' ? ['html'] : ['--format=html']],
      ['netdata-egress doctor --redact st', ['standard', 'strict']],
      ['netdata-egress doctor --url x --until', ['--until-ok']],
      ['netdata-egress lab run captive', SCENARIOS.map(({ id }) => id).filter((id) => id.startsWith('captive'))],
      ['netdata-egress explain proxy.au', RULES.map(({ id }) => id).filter((id) => id.startsWith('proxy.au'))],
      ['netdata-egress completion ', ['bash', 'zsh', 'fish', 'man']],
      ['netdata-egress config set --pref', ['--prefix']],
    ];
    const offered = complete(cases.map(([line]) => line));
    cases.forEach(([line, expected], at) => {
      expect([...new Set(offered[at])].sort(), line).toEqual([...expected].sort());
    });
  });

  test('offers every option of every command', () => {
    const nodes = [...every(root)];
    const offered = complete(nodes.map(({ path }) => ['netdata-egress', ...path, '--'].join(' ')));
    nodes.forEach(({ path, options }, at) => {
      const long = options.flatMap(({ names }) => names.filter((name) => name.startsWith('--')));
      expect(offered[at], path.join(' ')).toEqual(expect.arrayContaining(long));
    });
  });

  test('offers files where a file goes', () => {
    writeFileSync(file('run-of-may.json'), '');
    const path = join(dir, 'run-of');
    const offered = complete([`netdata-egress report show ${path}`, `netdata-egress doctor --output ${path}`]);
    for (const one of offered.slice(0, 2)) expect(one).toContain(`${path}-may.json`);
  });
});

describe('zsh', () => {
  it.skipIf(!has('zsh')).each([
    ['netdata-egress rules app', 'apply'],
    ['netdata-egress rules apply ', 'nftables'],
    ['netdata-egress doctor --format=ht', 'html'],
    ['netdata-egress doctor --until', '--until-ok'],
  ])('completes %s', (line, word) => {
    expect(zsh(line).some((each) => each.endsWith(word))).toBe(true);
  });

  it.skipIf(!has('zsh'))('reads the script without a complaint', () => {
    expect(run('zsh', ['-f', '-n', file('script.zsh')])).toBe('');
  });
});

describe('the manual page', () => {
  it('has every command with every option', () => {
    const page = manualPage(root, '');
    for (const { path, options } of every(root)) {
      if (path.length > 0) expect(page).toContain(`.SS netdata\\-egress ${path.join(' ').replaceAll('-', '\\-')}\n`);
      for (const { flags } of path.length > 0 ? options : [])
        expect(page).toContain(`.B ${flags.replaceAll('-', '\\-')}\n`);
    }
    expect([...every(root)].length).toBeGreaterThan(35);
  });

  it.skipIf(!has('man'))('is read by man without a warning', () => {
    const text = run('man', ['--warnings=w', '-l', file('page.1')]);
    expect(text).toContain('NETDATA-EGRESS(1)');
    expect(text).toContain('--list-endpoints');
    expect(text).toContain('0    claim and link will work');
  });
});
