/** Commands that carry what the run was asked for, and what starts this very installation again. */
import { describe, expect, it } from 'vitest';
import { commandsOf, PLAIN_COMMANDS, withCommands } from '../../../src/diagnose/commands.js';
import { openings, targetFor } from '../../../src/diagnose/own-firewall-remedies.js';
import { installRoot } from '../../../src/diagnose/ca-store.js';
import { buildEvidence } from '../../../src/diagnose/evidence.js';
import { diagnose } from '../../../src/diagnose/diagnose.js';
import type { DiagnoseInput } from '../../../src/diagnose/input.js';
import type { AgentInstallation } from '../../../src/model/agent.js';
import { agentFacts, HTTP_PROXY, ROUTES, SOCKS5H_PROXY } from '../../helpers/facts.js';
import { faultsOf } from '../../helpers/commands/check.js';
import { CATALOGUE_WORLDS } from './catalogue-worlds.js';
import { healthy, inputOf, tell } from './world.js';

type Options = DiagnoseInput['options'];

function commands(options: Options, over: Partial<AgentInstallation> = {}, routeId = 'direct') {
  const agent = agentFacts({ legs: { claim: { routeId }, env: { routeId }, auth: { routeId }, link: { routeId } } });
  const installation = { ...agent.installation, ...over };
  return commandsOf({ agent: { ...agent, installation }, options, routes: ROUTES });
}

describe('a command in a sentence', () => {
  it('carries the options of the run', () => {
    const mine = commands({ configDir: '/opt/nd', url: 'https://cloud.example' });
    const text = 'Run: {sudo doctor}. Or: {doctor --hold 5m}.';
    const again = 'netdata-egress doctor --url https://cloud.example --config-dir /opt/nd';
    expect(withCommands(text, mine)).toBe(`Run: sudo ${again}. Or: ${again} --hold 5m.`);
    expect(withCommands(text, PLAIN_COMMANDS)).toBe(
      'Run: sudo netdata-egress doctor. Or: netdata-egress doctor --hold 5m.',
    );
  });

  it.each(CATALOGUE_WORLDS)('is filled in everywhere: $id', ({ run }) => {
    expect(JSON.stringify(tell(run()).findings)).not.toMatch(/\{(?:sudo )?doctor/);
  });
});

describe('our own commands', () => {
  it.each<[Options, string]>([
    [{}, 'netdata-egress doctor'],
    [{ url: 'https://cloud.example:8443' }, 'netdata-egress doctor --url https://cloud.example:8443'],
    [
      { prefix: '/opt/netdata', configDir: '/etc/nd conf', libDir: '/var/lib/nd' },
      "netdata-egress doctor --prefix /opt/netdata --config-dir '/etc/nd conf' --lib-dir /var/lib/nd",
    ],
    [{ agentVersion: '2.5.4', envFrom: 'self' }, 'netdata-egress doctor --agent-version 2.5.4 --env-from self'],
    [{ pid: 4242 }, 'sudo netdata-egress doctor --pid 4242'],
    [{ pid: 4242, container: '0123456789ab' }, 'sudo netdata-egress doctor --container 0123456789ab'],
    [{ netns: 'blue' }, 'sudo netdata-egress doctor --netns blue'],
    [{ asUser: 'netdata' }, 'sudo netdata-egress doctor --as-user netdata'],
    [{ families: ['4'] }, 'netdata-egress doctor -4'],
    [{ proxy: 'none' }, 'netdata-egress doctor --proxy none'],
    [{ configDir: "/x'; reboot #" }, 'netdata-egress doctor --config-dir VALUE'],
    [{ configDir: '/x\u001b[2J' }, 'netdata-egress doctor --config-dir VALUE'],
    [{ url: '$(reboot)' }, "netdata-egress doctor --url '$(reboot)'"],
  ])('%j', async (options, line) => {
    expect(commands(options).doctor()).toBe(line);
    if (!line.includes('reboot') && !line.includes('VALUE')) expect(await faultsOf(line)).toEqual([]);
  });

  it('take the proxy from the routes: what was typed is not kept', () => {
    const given = { proxy: 'given' };
    expect(commands(given, {}, HTTP_PROXY.id).doctor()).toBe('netdata-egress doctor --proxy http://proxy.example:3128');
    expect(commands(given, {}, SOCKS5H_PROXY.id).letter).toBe(
      'netdata-egress doctor --proxy socks5h://proxy.example:1080 --format letter',
    );
    expect(commands({}, {}, HTTP_PROXY.id).doctor()).toBe('netdata-egress doctor');
    expect(commands({}, {}, HTTP_PROXY.id).rules('apply', 'nftables')).toBe(
      'sudo netdata-egress rules apply nftables --proxy proxy.example:3128',
    );
  });

  it('are root’s where they change or enter something', () => {
    expect(commands({}).config()).toBe('netdata-egress config');
    expect(commands({ configDir: '/x' }).config('enable', '--apply')).toBe(
      'sudo netdata-egress config enable --apply --config-dir /x',
    );
    expect(commands({}).rules('csv')).toBe('netdata-egress rules csv');
  });

  it.each<[Partial<AgentInstallation>, restart: string, reload: string]>([
    [{}, 'sudo systemctl restart netdata', 'sudo netdatacli reload-claiming-state'],
    [
      { restart: 'sudo rc-service netdata restart' },
      'sudo rc-service netdata restart',
      'sudo netdatacli reload-claiming-state',
    ],
    [
      { kind: 'static', binary: '/opt/netdata/bin/srv/netdata' },
      'sudo systemctl restart netdata',
      'sudo /opt/netdata/bin/netdatacli reload-claiming-state',
    ],
    [
      { restart: 'brew services restart netdata', binary: '/opt/homebrew/sbin/netdata' },
      'brew services restart netdata',
      '/opt/homebrew/sbin/netdatacli reload-claiming-state',
    ],
    [
      { kind: 'container', restart: 'podman restart 0123456789ab', inside: 'podman exec -u 0 0123456789ab' },
      'podman restart 0123456789ab',
      'podman exec -u 0 0123456789ab netdatacli reload-claiming-state',
    ],
    [
      { kind: 'container', restart: 'docker restart 0123456789ab', inside: 'docker exec -u 0 0123456789ab' },
      'docker restart 0123456789ab',
      'docker exec -u 0 0123456789ab netdatacli reload-claiming-state',
    ],
    [
      {
        kind: 'container',
        restart: 'kubectl -n x rollout restart daemonset/netdata-child',
        inside: 'kubectl -n x exec daemonset/netdata-child --',
      },
      'kubectl -n x rollout restart daemonset/netdata-child',
      'kubectl -n x exec daemonset/netdata-child -- netdatacli reload-claiming-state',
    ],
  ])('%j is started again', async (installation, restart, reload) => {
    expect(commands({}, installation)).toMatchObject({ restart, reload });
    expect([...(await faultsOf(restart)), ...(await faultsOf(reload))]).toEqual([]);
  });
});

describe('one more root', () => {
  const install = (over: Partial<AgentInstallation>) => {
    const input = inputOf(healthy());
    const installation = { ...input.agent.installation, ...over };
    return installRoot(buildEvidence({ ...input, agent: { ...input.agent, installation } }), 'Do it.');
  };

  it.each<[Partial<AgentInstallation>, file: string, command: string]>([
    [{ distribution: 'debian' }, '/usr/local/share/ca-certificates/own-root.crt', 'sudo update-ca-certificates && '],
    [{ distribution: 'rhel' }, '/etc/pki/ca-trust/source/anchors/own-root.pem', 'sudo update-ca-trust extract && '],
    [{ distribution: 'suse' }, '/etc/pki/trust/anchors/own-root.pem', 'sudo update-ca-certificates && '],
    [{ distribution: 'alpine' }, '/usr/local/share/ca-certificates/own-root.crt', 'update-ca-certificates && '],
    [{ distribution: 'arch' }, '/etc/ca-certificates/trust-source/anchors/own-root.crt', 'sudo update-ca-trust && '],
    [{ distribution: 'openwrt', restart: '/etc/init.d/netdata restart' }, '/etc/ssl/certs/ca-certificates.crt', ''],
    [{ kind: 'static' }, '/opt/netdata/etc/ssl/cert.pem', ''],
    [
      {
        kind: 'container',
        distribution: 'debian',
        restart: 'docker restart 0123456789ab',
        inside: 'docker exec -u 0 0123456789ab',
      },
      '/usr/local/share/ca-certificates/own-root.crt',
      'docker exec -u 0 0123456789ab update-ca-certificates && ',
    ],
  ])('%j', async (over, file, before) => {
    const { lines, command } = install(over);
    expect(lines[0]?.file).toBe(file);
    expect(command).toBe(`${before}${over.restart ?? 'sudo systemctl restart netdata'}`);
    expect(await faultsOf(command ?? '')).toEqual([]);
  });
});

describe('past a rule of this host', () => {
  const ev = buildEvidence(inputOf(healthy()));
  const rule = { inbound: false, questions: false, port: 443 };
  const lines = (where: string, manager: string, more: Partial<typeof rule> = {}) =>
    openings({ ...rule, where, manager, ...more }, ev).map(({ command }) => command);

  it.each([
    [
      'nftables inet filter output handle 7',
      'nftables',
      {},
      [
        'sudo netdata-egress rules apply nftables',
        "sudo nft 'insert rule inet filter output position 7 tcp dport 443 accept'",
      ],
    ],
    [
      'nftables inet filter output policy',
      'nftables',
      { port: 3128 },
      ['sudo netdata-egress rules apply nftables', "sudo nft 'add rule inet filter output tcp dport 3128 accept'"],
    ],
    [
      'nftables inet filter input policy',
      'nftables',
      { inbound: true },
      ["sudo nft 'add rule inet filter input ct state established,related accept'"],
    ],
    [
      'iptables OUTPUT rule 3',
      'iptables-nft',
      {},
      ['sudo netdata-egress rules apply iptables', 'sudo iptables -I OUTPUT 3 -p tcp --dport 443 -j ACCEPT'],
    ],
    [
      'ip6tables OUTPUT policy',
      'iptables-legacy',
      { questions: true },
      ['sudo netdata-egress rules apply iptables --dns', 'sudo ip6tables-legacy -A OUTPUT -p udp --dport 53 -j ACCEPT'],
    ],
    [
      'iptables ufw-user-output rule 2',
      'iptables-nft',
      {},
      ['sudo netdata-egress rules apply ufw', 'sudo ufw prepend allow out 443/tcp'],
    ],
    ['nftables inet firewalld filter_OUT handle 9', 'nftables', {}, ['sudo netdata-egress rules apply firewalld']],
    ['nftables inet filter $(reboot) handle 9', 'nftables', {}, ['sudo netdata-egress rules apply nftables']],
    ['table main', 'routing', {}, []],
  ])('%s of %s, %j', async (where, manager, more, expected) => {
    const printed = lines(where, manager, more);
    expect(printed).toEqual(expected);
    for (const line of printed) expect(await faultsOf(line ?? '')).toEqual([]);
  });

  it('is not guessed at', () => {
    expect(targetFor({ manager: 'routing', where: null })).toBeNull();
  });
});

it.each(CATALOGUE_WORLDS)('$id: no remedy forgets which Agent it is about', ({ run }) => {
  const { strict, ...input } = inputOf(run());
  const installation = { ...input.agent.installation, restart: 'sudo rc-service netdata restart' };
  const options = { configDir: '/srv/conf', netns: 'blue', url: 'https://cloud.example' };
  const { findings } = diagnose({ ...input, strict, options, agent: { ...input.agent, installation } });
  const all = findings.flatMap((finding) => (finding.outcome === 'found' ? finding.remedies : []));
  for (const { command, who } of all) {
    if (command === null) continue;
    // Another Agent than the one that was judged is named by its own place.
    if (/--(?:pid \d|lib-dir)/.test(command)) continue;
    for (const [line] of command.matchAll(/netdata-egress doctor[^;&]*/g))
      expect(line).toMatch(/--url https:\/\/cloud\.example --config-dir \/srv\/conf --netns blue/);
    if (/netdata-egress config/.test(command)) expect(command).toContain('--config-dir /srv/conf');
    expect(command).not.toMatch(/systemctl restart netdata/);
    expect(['host', 'agent_config']).toContain(who);
  }
});

it.each(CATALOGUE_WORLDS)('$id: nobody else is asked while the rules of this host are unread', ({ run }) => {
  for (const finding of tell(run()).found)
    if (finding.data['ownRules'] === 'not_read')
      expect(finding.remedies.map(({ command }) => command).join('\n')).not.toContain('--format letter');
});
