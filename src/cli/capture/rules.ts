/** The rules that a capture wrote down, behind what reads those of this machine. */
import type { RulesHost } from '../host/local-firewall.js';
import type { ProgramFailure, ProgramResult } from '../host/run-program.js';
import { all, type Capture, type Section } from './format.js';

/** How a program and its arguments are called in a capture. */
const NAMES: Readonly<Record<string, string>> = {
  'nft -n -j list ruleset': 'nft',
  'iptables-nft-save': 'nft4',
  'ip6tables-nft-save': 'nft6',
  'iptables-legacy-save': 'legacy4',
  'ip6tables-legacy-save': 'legacy6',
  'ipset save': 'ipset',
  'ip -4 rule show': 'rule4',
  'ip -6 rule show': 'rule6',
  'ip -4 route show table all': 'routes4',
  'ip -6 route show table all': 'routes6',
};

const missing = (program: string): ProgramFailure => ({
  ok: false,
  why: 'missing',
  detail: `${program}: not in the capture`,
});

function resultOf(section: Section | undefined, program: string): ProgramResult {
  const code = section?.words[1];
  if (section === undefined || code === 'missing') return missing(program);
  if (code === '0') return { ok: true, stdout: section.lines['|'].map((line) => `${line}\n`).join('') };
  const detail = section.lines['!'].join(' ').slice(0, 300);
  if (code === 'late') return { ok: false, why: 'timeout', detail: `${program}: no time was left` };
  if (code === 'large') return { ok: false, why: 'too_large', detail };
  return {
    ok: false,
    why: /not permitted|permission denied|must be root/i.test(detail) ? 'not_permitted' : 'failed',
    detail,
  };
}

export function captureRules(capture: Capture, atMs: number): RulesHost {
  const ran = new Map(all(capture, 'ran').map((section) => [section.words[0] ?? '', section]));
  const files = new Map(all(capture, 'file').map((section) => [section.words.slice(2).join(' '), section]));
  const routes = new Map(all(capture, 'route').map(({ words, lines }) => [words[0] ?? '', lines['|'].join('\n')]));
  const run = (program: string, args: readonly string[]): ProgramResult => {
    const name = NAMES[[program, ...args].join(' ')];
    return resultOf(name === undefined ? undefined : ran.get(name), program);
  };
  return {
    linux: true,
    now: () => atMs,
    sparedBytes: () => Infinity,
    run: (program, args) => Promise.resolve(run(program, args)),
    stream: (program, args, { input, onText }) => {
      if (program === 'ip' && args.includes('-batch')) {
        for (const [, address = ''] of (input ?? '').matchAll(/^route get (\S+)/gm))
          onText(`${routes.get(address) ?? ''}\n`);
        return Promise.resolve(null);
      }
      const result = run(program, args);
      if (!result.ok) return Promise.resolve(result);
      onText(result.stdout);
      return Promise.resolve(null);
    },
    kernel: (path) => {
      const file = files.get(path);
      if (file?.words[0] === 'unreadable') return Promise.resolve(null);
      return Promise.resolve((file?.lines['|'] ?? []).join('\n').trim());
    },
  };
}
