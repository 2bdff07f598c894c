import { describe, expect, it } from 'vitest';
import { classifyAddresses } from '../../../../src/cli/doctor/addresses.js';
import { KNOWN_ADDRESSES } from '../../../../src/catalog/known-addresses.js';
import type { Observation } from '../../../../src/model/observation.js';

const HOST = 'app.netdata.cloud';
const query = (addresses: readonly string[]): Observation =>
  ({ operation: 'dns_query', name: HOST, addresses }) as unknown as Observation;
const classOf = (...addresses: string[]) =>
  classifyAddresses([query(addresses)], [HOST], KNOWN_ADDRESSES).map(({ address, class: kind, translated }) => [
    address,
    kind,
    translated,
  ]);

describe('classifyAddresses', () => {
  it('reads a published address behind the well-known NAT64 prefix', () => {
    expect(classOf('64:ff9b::36c6:b20b')).toEqual([['64:ff9b::36c6:b20b', 'known', '54.198.178.11']]);
  });

  it('reads one behind a prefix of the network itself, also a private one', () => {
    expect(classOf('fd00:64:64::36c6:b20b')).toEqual([['fd00:64:64::36c6:b20b', 'known', '54.198.178.11']]);
    expect(classOf('2001:67c:2960:6464::36c6:b20b')[0]?.[1]).toBe('known');
  });

  it('tells an own prefix by an address that the name has beside it', () => {
    expect(classOf('fd00:64:64::cb00:7109', '203.0.113.9')).toEqual([
      ['fd00:64:64::cb00:7109', 'unproven', '203.0.113.9'],
      ['203.0.113.9', 'unproven', undefined],
    ]);
  });

  it('carries a prefix that one name shows over to the others', () => {
    const link: Observation = {
      operation: 'dns_query',
      name: 'mqtt.netdata.cloud',
      addresses: ['fd00:64:64::cb00:7109', 'fd00:64:65::cb00:7109'],
    } as unknown as Observation;
    const facts = classifyAddresses(
      [link, query(['fd00:64:64::36c6:b20b'])],
      [HOST, 'mqtt.netdata.cloud'],
      KNOWN_ADDRESSES,
    );
    expect(facts.map(({ class: kind, translated }) => [kind, translated])).toEqual([
      ['known', '54.198.178.11'],
      ['unproven', '203.0.113.9'],
      ['private', undefined],
    ]);
  });

  it('calls a private address private where nothing of it is translated', () => {
    expect(classOf('fd00:64:64::1', '54.198.178.11')).toEqual([
      ['fd00:64:64::1', 'private', undefined],
      ['54.198.178.11', 'known', undefined],
    ]);
  });

  it('sees a dead end and a private address behind a translator', () => {
    expect(classOf('64:ff9b::7f00:1')[0]?.[1]).toBe('sinkhole');
    expect(classOf('64:ff9b::a00:1')[0]?.[1]).toBe('private');
  });
});
