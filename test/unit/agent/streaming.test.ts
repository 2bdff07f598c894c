/** Destinations of stream.conf, as the Agent takes them apart. */
import { expect, test } from 'vitest';
import { readDestination, readDestinations } from '../../../src/agent/streaming.js';

test.each([
  ['parent', 'parent', 19_999, false],
  ['parent:20000', 'parent', 20_000, false],
  ['parent:20000:SSL', 'parent', 20_000, true],
  ['parent:SSL', 'parent', 19_999, true],
  ['parent:SSL:20000', 'parent', 19_999, true],
  ['tcp:192.0.2.1:1', '192.0.2.1', 1, false],
  ['[2001:db8::1]:20000:SSL', '2001:db8::1', 20_000, true],
  ['[2001:db8::1]', '2001:db8::1', 19_999, false],
  ['[fe80::1]%eth0:20000', 'fe80::1', 20_000, false],
  ['parent%eth0:20000', 'parent', 20_000, false],
])('%s', (entry, host, port, ssl) => {
  expect(readDestination(entry)).toEqual({ host, port, ssl });
});

test.each(['', ':19999', 'udp:parent', 'unix:/run/x', '/run/x', 'parent:http', 'parent:0', 'parent:65536', '[]:1'])(
  '%j is no TCP port of a host',
  (entry) => {
    expect(readDestination(entry)).toBeNull();
  },
);

test('a list stands apart by blanks and commas, and its default port may be another', () => {
  expect(readDestinations('a, b:1\tc:SSL ,,udp:d', 20_001)).toEqual({
    destinations: [
      { host: 'a', port: 20_001, ssl: false },
      { host: 'b', port: 1, ssl: false },
      { host: 'c', port: 20_001, ssl: true },
    ],
    unusable: ['udp:d'],
  });
});
