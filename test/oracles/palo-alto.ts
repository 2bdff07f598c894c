/** Reads what `targets/palo-alto.ts` writes, and nothing else. */
import { MARKER } from '../../src/firewall/core/names.js';
import { sequence, line, some, either, optional, type FileGrammar, lineOracle } from './reader.js';
import type { Oracle } from './oracle.js';

const WORD = '[A-Za-z0-9][A-Za-z0-9_.-]{0,62}';

const OBJECTS = `(?:vsys vsys\\d{1,3} |device-group ${WORD} )?`;

const RULES = `(?:(?:vsys vsys\\d{1,3} )?rulebase|device-group ${WORD} pre-rulebase)`;

const GROUP = `${MARKER}(?:-[a-z0-9-]{1,54})?`;

const OBJECT = `${MARKER}-[a-z0-9_-]{1,54}`;

const SERVICE = `${MARKER}-(?:tcp-\\d{1,5}|dns-tcp|dns-udp)`;

const SOME = (item: string): string => `(${item}|\\[(?: ${item})+ \\])`;

const TAIL = `description "${MARKER} netdata cloud" tag ${MARKER}`;

const RULE = `(${GROUP}) from ${WORD} to ${WORD} source ${WORD} destination (${GROUP})`;

function listed(items: string): string[] {
  return items.replace(/^\[ | \]$/g, '').split(' ');
}

/** `nd-allow-tcp-8443` is 8443; the services of the resolvers are no destination. */
function portOf(entry: string): string[] {
  const port = /-tcp-(\d+)$/.exec(entry)?.[1];
  return port === undefined ? [] : [port];
}

const installRule = sequence(
  line(`set ${OBJECTS}tag (${MARKER}) comments "${MARKER} netdata cloud"`, (facts, tag) => facts.define('tag', tag)),
  some(
    line(
      `set ${OBJECTS}address (${OBJECT}) (?:fqdn ([a-z0-9.-]{1,253})|ip-netmask ([0-9a-f:.]{2,39}/\\d{1,3})) ` +
        `description "${MARKER} [A-Za-z0-9.: -]{1,120}" tag ${MARKER}`,
      (facts, object, host, prefix) => {
        facts.define('address', object);
        if (host === '') facts.prefix(object, prefix);
        else facts.host(object, host);
      },
    ),
  ),
  some(
    some(
      line(`set ${OBJECTS}address-group (${GROUP}) static (${OBJECT})`, (facts, group, object) => {
        facts.use('group', group);
        facts.use('address', object);
        facts.member(group, object);
      }),
    ),
    line(`set ${OBJECTS}address-group (${GROUP}) ${TAIL}`, (facts, group) => facts.define('group', group)),
  ),
  some(
    either(
      line(
        `set ${OBJECTS}service (${MARKER}-dns-(tcp|udp)) protocol (tcp|udp) port 53`,
        (facts, entry, of, protocol) => {
          facts.define('service', of === protocol ? entry : `${entry} of ${protocol}`);
        },
      ),
      line(
        `set ${OBJECTS}service (${MARKER}-tcp-(\\d{1,5})) protocol tcp port (\\d{1,5})`,
        (facts, entry, of, port) => {
          facts.define('service', of === port ? entry : `${entry} with ${port}`);
        },
      ),
    ),
    line(`set ${OBJECTS}service (${SERVICE}) tag ${MARKER}`, (facts, entry) => facts.use('service', entry)),
  ),
  some(
    line(
      `set ${RULES} security rules ${RULE} application any service ${SOME(SERVICE)} action allow log-end yes ${TAIL}`,
      (facts, rule, group, items) => {
        facts.define('rule', rule);
        facts.use('group', group);
        for (const item of listed(items)) {
          facts.use('service', item);
          facts.rule(group, portOf(item));
        }
      },
    ),
  ),
  some(
    line(`move ${RULES} security rules (${GROUP}) (?:top|before ${WORD})`, (facts, rule) => facts.use('rule', rule)),
  ),
  optional(
    some(
      line(
        `set ${RULES} decryption rules ${RULE} category any service any action no-decrypt ${TAIL}`,
        (facts, rule, group) => {
          facts.define('decryption rule', rule);
          facts.use('group', group);
        },
      ),
      line(`set ${RULES} decryption rules (${GROUP}) type ssl-forward-proxy`, (facts, rule) =>
        facts.use('decryption rule', rule),
      ),
      line(`move ${RULES} decryption rules (${GROUP}) top`, (facts, rule) => facts.use('decryption rule', rule)),
    ),
  ),
);

const uninstallRule = sequence(
  optional(
    some(line(`delete ${RULES} decryption rules (${GROUP})`, (facts, rule) => facts.remove('decryption rule', rule))),
  ),
  some(line(`delete ${RULES} security rules (${GROUP})`, (facts, rule) => facts.remove('rule', rule))),
  some(line(`delete ${OBJECTS}address-group (${GROUP})`, (facts, group) => facts.remove('group', group))),
  some(line(`delete ${OBJECTS}address (${OBJECT})`, (facts, object) => facts.remove('address', object))),
  some(line(`delete ${OBJECTS}service (${SERVICE})`, (facts, entry) => facts.remove('service', entry))),
  line(`delete ${OBJECTS}tag (${MARKER})`, (facts, tag) => facts.remove('tag', tag)),
);

const GRAMMARS: Readonly<Record<string, FileGrammar>> = {
  install: { comment: null, rule: installRule },
  uninstall: { comment: null, rule: uninstallRule },
};

export const paloAlto: Oracle = lineOracle((file) => GRAMMARS[file.role ?? ''] ?? null);
