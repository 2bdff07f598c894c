import { describe, expect, it } from 'vitest';
import { parseNameServices, parseSearch } from '../../../../src/cli/host/host-network.js';

describe('the hosts line of nsswitch.conf', () => {
  it.each([
    ['hosts: files dns\n', { sources: ['files', 'dns'], line: 1 }],
    ['# hosts: dns\npasswd: files\n hosts:files # dns\n', { sources: ['files'], line: 3 }],
    ['hosts: files mdns4_minimal [NOTFOUND=return] dns\n', { sources: ['files', 'mdns4_minimal', 'dns'], line: 1 }],
    ['hosts: files \u001b[31m dns', { sources: ['files', 'dns'], line: 1 }],
    ['passwd: files\n', null],
    ['', null],
  ])('%j', (text, expected) => {
    expect(parseNameServices(text)).toEqual(expected);
  });
});

describe('search and ndots of resolv.conf', () => {
  it.each([
    ['nameserver 192.0.2.53\n', [], 1],
    ['search a.example b.example.\noptions timeout:1 ndots:5\n', ['a.example', 'b.example.'], 5],
    ['domain old.example\nsearch new.example\n', ['new.example'], 1],
    ['search a.example\nsearch\tb.example\noptions ndots:3\noptions ndots:2\n', ['b.example'], 2],
    ['options ndots:99', [], 15],
    ['options rotate\n#search c.example\n search d.example', [], 1],
    ['search \u001b[31m a.example', ['a.example'], 1],
    [`search ${'a'.repeat(300)}.example`, [], 1],
    ['', [], 1],
  ])('%j', (text, domains, ndots) => {
    expect(parseSearch(text)).toEqual({ domains, ndots });
  });
});
