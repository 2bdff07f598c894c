import { Command, CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../../src/cli/duration.js';
import { parseKnownAddresses } from '../../../src/cli/doctor/known-addresses.js';
import { doctorOptions as declare } from '../../../src/cli/commands/doctor.js';
import { type DoctorFlags, doctorOptions } from '../../../src/cli/doctor/options.js';
import { parseHosts, parseResolvConf, parseRoute4, parseRoute6, sourceOn } from '../../../src/cli/host/host-network.js';
import { UsageError } from '../../../src/model/errors.js';

/** A command line of the doctor, as it is read before anything runs. */
function read(...args: readonly string[]): DoctorFlags {
  const command = declare(new Command('doctor'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return command.parse(args, { from: 'user' }).opts<DoctorFlags>();
}

describe('bad input is one clear sentence', () => {
  it.each([
    ['--url', 'app.netdata.cloud', /--url takes a URL/],
    ['--url', 'ftp://x', /must begin with https/],
    ['--url', 'https://', /--url takes a URL/],
    ['--url', 'https://h:99999', /no usable port/],
    ['--url', 'https://u:secret@h', /must not contain a user name/],
    ['--url', 'https://a b', /white space/],
    ['--timeout', 'soon', /--timeout takes a duration/],
    ['--every', 'often', /--every takes a duration/],
    ['--step-timeout', '0s', /--step-timeout must lie between 1ms and 24h/],
    ['--agent-version', 'latest', /--agent-version takes/],
    ['--for', 'fun', /--for takes install/],
    ['--pid', '-1', /--pid takes/],
    ['--pid', '0', /--pid takes/],
  ])('%s %s', (option, value, message) => {
    expect(() => read(option, value)).toThrow(UsageError);
    expect(() => read(option, value)).toThrow(message);
  });
  it.each([
    [['--env-from', 'shell'], /Allowed choices are daemon, unit, self/],
    [['--redact', 'yes'], /Allowed choices are standard, strict, off/],
    [['--pid', '1', '--container', 'c'], /'--pid <pid>' cannot be used with option '--container <name\|id>'/],
    [['--container', 'c', '--pid', '1'], /cannot be used with/],
  ])('%j', (args, message) => {
    expect(() => read(...args)).toThrow(CommanderError);
    expect(() => read(...args)).toThrow(message);
  });
  it('never repeats a password from a URL', () => {
    for (const url of ['https://u:secret@h', 'u:secret@h', `u:${'secret'.repeat(20)}@h`, 'https://u:secret@h:99999']) {
      let said = '';
      try {
        read('--url', url);
      } catch (error) {
        said = String(error);
      }
      expect(said).toMatch(/--url/);
      expect(said).not.toContain('secret');
    }
  });
  it('known addresses name file and line', () => {
    expect(() => parseKnownAddresses('54.198.178.11\n\nnonsense # x\n', 'k.txt', '2026-01-01')).toThrow(
      /k\.txt:3: "nonsense"/,
    );
    expect(() => parseKnownAddresses('1.2.3.4 bad_host!', 'k.txt', '2026-01-01')).toThrow(
      /k\.txt:1: "bad_host!" is not a host/,
    );
  });
});

describe('good input', () => {
  it('is read once: values, not texts', () => {
    const args = ['--timeout', '2m', '--step-timeout', '500ms', '--for', 'install, update', '--pid', '17', '-4'];
    expect(doctorOptions(read(...args, '--agent-version', 'v2.10.3', '--env-from', 'unit'))).toMatchObject({
      runMs: 120_000,
      stepMs: 500,
      purposes: ['install', 'update'],
      pid: 17,
      families: [4],
      agentVersion: '2.10.3',
      envFrom: 'unit',
      redact: 'standard',
    });
  });
  it('15 s for a run and 5 s for a step; a step is no longer than the run, and holding comes on top', () => {
    expect(doctorOptions(read())).toMatchObject({ runMs: 15_000, stepMs: 5000, holdMs: 0, families: [4, 6] });
    expect(doctorOptions(read()).lingerMs).toBe(25_000);
    expect(doctorOptions(read('--timeout', '15s')).lingerMs).toBe(0);
    expect(doctorOptions(read('--patient')).lingerMs).toBe(0);
    expect(doctorOptions(read('--timeout', '3s', '--hold', '1m'))).toMatchObject({ runMs: 63_000, stepMs: 3000 });
  });
  it('durations', () => {
    expect(parseDuration('250ms', 'x')).toBe(250);
    expect(parseDuration('1.5s', 'x')).toBe(1500);
    expect(parseDuration('2m', 'x')).toBe(120_000);
    expect(parseDuration('7', 'x')).toBe(7000);
  });
  it('a list of one’s own covers the three names unless it says otherwise', () => {
    const list = parseKnownAddresses('198.51.100.7 MQTT.netdata.cloud\n2001:db8::1 # both\n', 'k', '2026-01-01');
    expect(list).toMatchObject([
      { address: '198.51.100.7', hosts: ['mqtt.netdata.cloud'] },
      { address: '2001:db8::1', hosts: ['app.netdata.cloud', 'api.netdata.cloud', 'mqtt.netdata.cloud'] },
    ]);
  });
});

describe('what the host says of its network', () => {
  it('resolv.conf: three nameservers at most, comments and junk ignored', () => {
    const text =
      '# x\nnameserver 192.0.2.1\nnameserver  2001:db8::53 # v6\noptions edns0\nnameserver bad\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n';
    expect(parseResolvConf(text, 'r').map(({ address, source }) => `${address} ${source}`)).toEqual([
      '192.0.2.1 r:2',
      '2001:db8::53 r:3',
      '192.0.2.3 r:6',
    ]);
  });
  it('hosts: every name of a line, with its line', () => {
    expect(parseHosts('127.0.0.1 localhost\n10.0.0.1 App.Netdata.cloud app # old\n')).toContainEqual({
      name: 'app.netdata.cloud',
      address: '10.0.0.1',
      line: 2,
    });
  });
  it('routes: default present or not, with its gateway', () => {
    const head = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n';
    expect(parseRoute4(`${head}eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n`)).toEqual({
      present: true,
      gateway: '192.0.2.1',
      device: 'eth0',
    });
    expect(parseRoute4(`${head}eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n`).present).toBe(false);
    const zeros = '0'.repeat(32);
    expect(parseRoute6(`${zeros} 00 ${zeros} 00 ${zeros} ffffffff 00000001 00000000 00200200       lo\n`).present).toBe(
      false,
    );
    expect(
      parseRoute6(
        `${zeros} 00 ${zeros} 00 20010db8000000000000000000000001 00000400 00000001 00000000 00000003     eth0\n`,
      ),
    ).toEqual({ present: true, gateway: '2001:0db8:0000:0000:0000:0000:0000:0001', device: 'eth0' });
  });

  it('the source address of a default route: of its interface, never loopback nor link-local', () => {
    const at = (address: string, family: 'IPv4' | 'IPv6', scopeid = 0, internal = false) =>
      ({ address, family, internal, netmask: '', mac: '', cidr: null, scopeid }) as const;
    const interfaces = {
      lo: [at('127.0.0.1', 'IPv4', 0, true)],
      eth0: [at('fe80::1', 'IPv6', 2), at('2001:db8::7', 'IPv6'), at('10.0.0.7', 'IPv4')],
    } as unknown as Parameters<typeof sourceOn>[2];
    expect(sourceOn('eth0', 'IPv4', interfaces)).toBe('10.0.0.7');
    expect(sourceOn('eth0', 'IPv6', interfaces)).toBe('2001:db8::7');
    expect(sourceOn('lo', 'IPv4', interfaces)).toBeNull();
    expect(sourceOn('eth1', 'IPv4', interfaces)).toBeNull();
    expect(sourceOn(null, 'IPv4', interfaces)).toBeNull();
  });
});
