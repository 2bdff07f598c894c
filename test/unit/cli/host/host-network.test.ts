import { describe, expect, it } from 'vitest';
import { parseNameServices } from '../../../../src/cli/host/host-network.js';

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
