import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../../src/cli/duration.js';
import { parseKnownAddresses } from '../../../src/cli/doctor/known-addresses.js';
import { doctorOptions } from '../../../src/cli/doctor/options.js';
import { parseHosts, parseResolvConf, parseRoute4, parseRoute6 } from '../../../src/cli/host/host-network.js';
import { UsageError } from '../../../src/model/errors.js';

describe('bad input is one clear sentence', () => {
  it.each([
    [{ url: 'app.netdata.cloud' }, /--url takes a URL/],
    [{ url: 'ftp://x' }, /must begin with https/],
    [{ url: 'https://' }, /--url takes a URL/],
    [{ url: 'https://h:99999' }, /no usable port/],
    [{ url: 'https://u:secret@h' }, /must not contain a user name/],
    [{ url: 'https://a b' }, /white space/],
    [{ timeout: 'soon' }, /--timeout takes a duration/],
    [{ stepTimeout: '0s' }, /between 1ms and 24h/],
    [{ agentVersion: 'latest' }, /--agent-version takes/],
    [{ envFrom: 'shell' }, /--env-from takes daemon, unit, self/],
    [{ for: 'fun' }, /--for takes install/],
    [{ pid: '-1' }, /--pid takes/],
    [{ redact: 'yes' }, /--redact takes/],
  ])('%j', (flags, message) => {
    expect(() => doctorOptions(flags)).toThrow(UsageError);
    expect(() => doctorOptions(flags)).toThrow(message);
  });
  it('never repeats a password from a URL', () => {
    for (const url of ['https://u:secret@h', 'u:secret@h', `u:${'secret'.repeat(20)}@h`, 'https://u:secret@h:99999']) {
      let said = '';
      try {
        doctorOptions({ url });
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
    ).toEqual({ present: true, gateway: '2001:0db8:0000:0000:0000:0000:0000:0001' });
  });
});
