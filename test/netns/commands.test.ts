/**
 * Commands that the doctor prints are typed at the host as they stand, and the doctor asked again: then everything
 * works. What a lab's host cannot have is stood in for: sudo, and whatever starts an Agent again.
 */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { PROGRAM, PROGRAM_ARGS } from '../helpers/program.js';
import { agentCases } from './cases/agents.js';
import { ONLY_PROXY_OUT, claiming } from './cases/proxy-routes.js';
import * as at from './harness/addresses.js';
import { works, type LabCase } from './harness/case.js';
import { diagnose, environment } from './harness/doctor.js';
import { found } from './harness/judge.js';
import { Lab } from './harness/lab.js';
import { PORT } from './harness/services.js';

const known = (id: string): LabCase => {
  const one = agentCases.find((labCase) => labCase.id === id);
  if (one === undefined) throw new Error(`no case ${id}`);
  return one;
};
const own = (id: string, rulesets: NonNullable<LabCase['rulesets']>, more: Partial<LabCase> = {}): LabCase => ({
  id: `typed-${id}`,
  title: '',
  netdataUser: true,
  rulesets,
  expect: works(),
  ...more,
});
const chain = (hook: 'output' | 'input', rules: string, policy = 'accept'): string =>
  `table inet filter {\n chain ${hook} {\n  type filter hook ${hook} priority 0; policy ${policy};\n  ${rules}\n }\n}\n`;
const save = (rules: string, output = 'ACCEPT'): string =>
  `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ${output} [0:0]\n${rules}\nCOMMIT\n`;

/** What the cause is called, which of its commands is typed, and a world that has it. */
const CASES: readonly (readonly [cause: string, typed: RegExp, labCase: LabCase])[] = [
  ['host.local_firewall', /^sudo nft /, own('nft-rule', { nft: chain('output', 'tcp dport 443 drop') })],
  [
    'host.local_firewall',
    /^sudo nft /,
    own('nft-policy', { nft: chain('output', 'oifname "lo" accept\n  udp dport 53 accept', 'drop') }),
  ],
  [
    'host.local_firewall',
    /^sudo nft /,
    own('nft-input', { nft: chain('input', 'iifname "lo" accept\n  udp sport 53 accept', 'drop') }),
  ],
  [
    'host.local_firewall',
    /^sudo nft /,
    own('nft-dns', { nft: chain('output', 'meta l4proto { tcp, udp } th dport 53 drop') }),
  ],
  [
    'host.local_firewall',
    /^sudo iptables /,
    own('iptables-rule', { iptables: save('-A OUTPUT -p tcp --dport 443 -j DROP') }),
  ],
  [
    'host.local_firewall',
    /^sudo iptables-legacy /,
    own('iptables-policy', {
      iptables: save('-A OUTPUT -o lo -j ACCEPT\n-A OUTPUT -p udp --dport 53 -j ACCEPT', 'DROP'),
      backend: 'legacy',
    }),
  ],
  ['host.local_firewall', /rules apply nftables/, own('apply-nft', { nft: chain('output', 'tcp dport 443 reject') })],
  [
    'host.local_firewall',
    /rules apply iptables/,
    own('apply-iptables', { iptables: save('-A OUTPUT -p tcp --dport 443 -j REJECT') }),
  ],
  [
    'host.local_firewall',
    /^sudo nft /,
    own(
      'nft-proxy',
      { nft: chain('output', `tcp dport ${String(PORT.squid)} drop`) },
      {
        gateway: ONLY_PROXY_OUT,
        needs: ['squid'],
        files: claiming(`http://${at.PROXY_NAME}:${String(PORT.squid)}`),
      },
    ),
  ],
  ['agent.key_missing', /chown/, known('agent-key-unreadable')],
  ['agent.link_disabled', /config enable --apply/, known('agent-link-disabled')],
];

describe('printed commands, typed', () => {
  let lab: Lab;
  let programs = '';
  beforeAll(async () => {
    lab = await Lab.create({ pki: inject('pki'), scratch: inject('scratch'), services: inject('services') });
    programs = join(inject('scratch'), `typed-${String(process.pid)}`);
    await mkdir(programs, { recursive: true });
    const program = async (name: string, text: string): Promise<void> => {
      await writeFile(join(programs, name), `#!/bin/sh\n${text}\n`);
      await chmod(join(programs, name), 0o755);
    };
    const ours = [PROGRAM, ...PROGRAM_ARGS].map((word) => `'${word}'`).join(' ');
    await program('sudo', 'exec "$@"');
    // Its memory is the lab's, not the machine's.
    await program(
      'netdata-egress',
      `case "$1" in rules) exec ${ours} "$@" --state-dir '${programs}/state';; esac\nexec ${ours} "$@"`,
    );
  });
  afterAll(async () => {
    await lab?.close();
  });

  const typing = (env: Record<string, string>): Record<string, string> => ({
    ...env,
    PATH: `${programs}:${env['PATH'] ?? ''}:/usr/sbin:/sbin`,
  });
  const confirmed = async (env: Record<string, string>): Promise<void> => {
    for (let tries = 0; tries < 40; tries += 1) {
      await sleep(1000);
      const { code } = await lab.onHost('netdata-egress', ['rules', 'confirm'], { env: typing(env) });
      if (code === 0) return;
    }
  };

  test.each(CASES.map(([cause, typed, labCase]) => [labCase.id, cause, typed, labCase] as const))(
    '%s: %s',
    async (_, cause, typed, labCase) => {
      await lab.prepare(labCase);
      const before = await diagnose(lab, labCase);
      const root = found(before.report?.findings ?? [])[0];
      expect(root?.id, before.problem ?? '').toBe(cause);
      expect(before.report?.exitCode).not.toBe(0);
      const commands = root?.remedies.flatMap(({ command }) => (command === null ? [] : [command])) ?? [];
      const command = commands.find((one) => typed.test(one));
      expect(command, commands.join('\n')).toBeDefined();
      const env = environment(lab, labCase);
      const ran = await lab.besideAgent('sh', ['-c', command ?? 'false'], {
        env: typing(env),
        timeoutMs: 60_000,
        // It asks whether the change is to stay: said in another session.
        ...(/rules apply/.test(command ?? '') ? { during: async () => await confirmed(env) } : {}),
      });
      expect(ran.code, `${command ?? ''}\n${ran.stdout}\n${ran.stderr}`).toBe(0);
      const after = await diagnose(lab, labCase);
      const left = found(after.report?.findings ?? []).map(({ id, title }) => `${id}: ${title}`);
      expect(after.report?.verdict.link.outcome, left.join('\n')).toBe('will_work');
      expect(after.report?.exitCode, left.join('\n')).toBe(0);
    },
    180_000,
  );
});
