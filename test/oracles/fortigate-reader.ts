/** The reader of exactly the FortiGate commands that fortigate.ts emits. */
import { MARKER } from '../../src/firewall/core/names.js';
import { line, text, type Rule, sequence, some, either, optional, many, type FileGrammar } from './reader.js';
import { maskLength } from './destinations.js';

const WORD = '[A-Za-z0-9][A-Za-z0-9_.-]{0,34}';

const GROUP = `${MARKER}6?(?:-[a-z0-9-]{1,53})?`;

const OBJECT = `${MARKER}6?-[a-z0-9_-]{1,54}`;

const SERVICE = `${MARKER}-(?:tcp-\\d{1,5}|dns)`;

const V4 = '\\d{1,3}(?:\\.\\d{1,3}){3}';

const NOTE = line(`        set comment "${MARKER} [A-Za-z0-9.: -]{1,120}"`);

const COMMENT = text(`        set comment "${MARKER} netdata cloud"`);

const NEXT = text('    next');

const END = text('end');

function quoted(items: string): string[] {
  return items.split(' ').map((item) => item.slice(1, -1));
}

/** `address` or `addrgrp`, of one family: the rest of its commands depends on it. */
function addresses(family: 4 | 6): Rule {
  const own = family === 4 ? `${MARKER}-[a-z0-9_-]{1,54}` : `${MARKER}6-[a-z0-9_-]{1,53}`;
  const prefix =
    family === 4
      ? sequence(
          text('        set type ipmask'),
          line(`        set subnet (${V4}) (${V4})`, (facts, address, mask) =>
            facts.prefix(facts.current, `${address}/${maskLength(mask)}`, 4),
          ),
        )
      : sequence(
          text('        set type ipprefix'),
          line('        set ip6 ([0-9a-f:.]{2,39}/\\d{1,3})', (facts, value) => facts.prefix(facts.current, value, 6)),
        );
  return sequence(
    text(`config firewall address${family === 4 ? '' : '6'}`),
    some(
      line(`    edit "(${own})"`, (facts, name) => {
        facts.define('address', name);
        facts.current = name;
      }),
      either(
        sequence(
          text('        set type fqdn'),
          line('        set fqdn "([a-z0-9.-]{1,253})"', (facts, host) => facts.host(facts.current, host)),
          line('        set cache-ttl \\d{1,5}'),
        ),
        prefix,
      ),
      NOTE,
      NEXT,
    ),
    END,
  );
}

function groups(family: 4 | 6): Rule {
  return sequence(
    text(`config firewall addrgrp${family === 4 ? '' : '6'}`),
    some(
      line(`    edit "(${GROUP})"`, (facts, name) => {
        facts.define('group', name);
        facts.current = name;
      }),
      line(`        set member ("${OBJECT}"(?: "${OBJECT}")*)`, (facts, items) => {
        for (const item of quoted(items)) {
          facts.use('address', item);
          facts.member(facts.current, item);
        }
      }),
      COMMENT,
      NEXT,
    ),
    END,
  );
}

const services = sequence(
  text('config firewall service custom'),
  optional(
    sequence(
      text(`    edit "${MARKER}-dns"`, (facts) => facts.define('service', `${MARKER}-dns`)),
      text('        set tcp-portrange 53'),
      text('        set udp-portrange 53'),
      COMMENT,
      NEXT,
    ),
  ),
  some(
    line(`    edit "(${MARKER}-tcp-\\d{1,5})"`, (facts, name) => {
      facts.define('service', name);
      facts.current = name;
    }),
    line('        set tcp-portrange (\\d{1,5})', (facts, port) => facts.use('service', `${MARKER}-tcp-${port}`)),
    COMMENT,
    NEXT,
  ),
  END,
);

const policies = sequence(
  text('config firewall policy'),
  some(
    line('    edit (\\d{1,10})', (facts, id) => {
      facts.define('policy', id);
      facts.current = '';
    }),
    line(`        set name "${GROUP}"`),
    line(`        set srcintf "${WORD}"`),
    line(`        set dstintf "${WORD}"`),
    either(
      sequence(text('        unset srcaddr'), text('        unset dstaddr')),
      sequence(
        line(`        set srcaddr "[A-Za-z0-9][A-Za-z0-9_.-]{0,62}"`),
        line(`        set dstaddr "(${GROUP})"`, (facts, name) => {
          facts.use('group', name);
          facts.current = name;
        }),
      ),
    ),
    either(
      sequence(text('        unset srcaddr6'), text('        unset dstaddr6')),
      sequence(
        line(`        set srcaddr6 "[A-Za-z0-9][A-Za-z0-9_.-]{0,62}"`),
        line(`        set dstaddr6 "(${GROUP})"`, (facts, name) => {
          facts.use('group', name);
          facts.current = `${facts.current} ${name}`.trim();
        }),
      ),
    ),
    text('        set action accept'),
    text('        set schedule "always"'),
    line(`        set service ("${SERVICE}"(?: "${SERVICE}")*)`, (facts, items) => {
      for (const item of quoted(items)) {
        facts.use('service', item);
        for (const name of facts.current.split(' '))
          if (item === `${MARKER}-dns`) facts.rule(name, name.endsWith('-dns') ? [] : ['53']);
          else facts.rule(name, [item.slice(`${MARKER}-tcp-`.length)]);
      }
    }),
    line('        set nat (?:enable|disable)'),
    text('        set logtraffic all'),
    text(`        set comments "${MARKER} netdata cloud"`),
    NEXT,
  ),
  many(line('    move (\\d{1,10}) before \\d{1,10}', (facts, id) => facts.use('policy', id))),
  END,
);

function removal(path: string, item: string, what: string): Rule {
  return sequence(
    text(`config firewall ${path}`),
    some(line(`    delete "?(${item})"?`, (facts, name) => facts.remove(what, name))),
    END,
  );
}

function wrapped(rule: Rule): Rule {
  return either(sequence(text('config vdom'), line(`edit ${WORD}`), rule, END), rule);
}

/** Grammars of the files by their role. */
export const GRAMMARS: Readonly<Record<string, FileGrammar>> = {
  install: {
    comment: '#',
    rule: wrapped(
      sequence(
        optional(addresses(4)),
        optional(addresses(6)),
        optional(groups(4)),
        optional(groups(6)),
        services,
        policies,
      ),
    ),
  },
  uninstall: {
    comment: '#',
    rule: wrapped(
      sequence(
        removal('policy', '\\d{1,10}', 'policy'),
        optional(removal('addrgrp', GROUP, 'group')),
        optional(removal('addrgrp6', GROUP, 'group')),
        optional(removal('address', OBJECT, 'address')),
        optional(removal('address6', OBJECT, 'address')),
        removal('service custom', SERVICE, 'service'),
      ),
    ),
  },
};
