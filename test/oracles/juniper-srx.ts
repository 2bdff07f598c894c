/** Reads what `targets/juniper-srx.ts` writes, and nothing else. */
import { MARKER } from '../../src/firewall/core/names.js';
import { type Rule, some, line, either, sequence, optional, type FileGrammar, lineOracle } from './reader.js';
import { BOOK } from '../../src/firewall/targets/juniper-srx.js';
import type { Oracle } from './oracle.js';

const ZONE = '[A-Za-z0-9][A-Za-z0-9_.-]{0,62}';

const GROUP = `${MARKER}(?:-[a-z0-9-]{1,54})?`;

const OBJECT = `${MARKER}-[a-z0-9_-]{1,54}`;

const NOTE = `"${MARKER} [A-Za-z0-9.: -]{1,120}"`;

const PATH = `security policies from-zone ${ZONE} to-zone ${ZONE} policy (${GROUP})`;

const APPLICATION = `${MARKER}-tcp-(\\d{1,5})`;

const addresses: Rule = some(
  line(`delete ${BOOK} address (${OBJECT})`, (facts, object) => facts.use('address', object)),
  either(
    line(`set ${BOOK} address (${OBJECT}) dns-name ([a-z0-9.-]{1,253})(?: ipv[46]-only)?`, (facts, object, host) => {
      facts.define('address', object);
      facts.current = object;
      facts.host(object, host);
    }),
    line(`set ${BOOK} address (${OBJECT}) ([0-9a-f:.]{2,39}/\\d{1,3})`, (facts, object, prefix) => {
      facts.define('address', object);
      facts.current = object;
      facts.prefix(object, prefix);
    }),
  ),
  line(`set ${BOOK} address (${OBJECT}) description ${NOTE}`, (facts, object) => facts.use('address', object)),
);

const installRule = sequence(
  some(line(`delete ${PATH} match`, (facts, policy) => facts.use('policy', policy))),
  some(line(`delete ${BOOK} address-set (${GROUP})`, (facts, group) => facts.define('set', group))),
  addresses,
  some(
    line(`set ${BOOK} address-set (${GROUP}) address (${OBJECT})`, (facts, group, object) => {
      facts.use('set', group);
      facts.use('address', object);
      facts.member(group, object);
    }),
  ),
  some(
    line(`set applications application ${APPLICATION} protocol tcp`, (facts, port) => {
      facts.define('application', port);
      facts.current = port;
    }),
    line(`set applications application ${APPLICATION} destination-port (\\d{1,5})`, (facts, of, port) => {
      facts.use('application', of);
      // The name of ours is the port: anything else would let another one through.
      if (of !== port || facts.current !== port) facts.use('application', `${of} as ${port}`);
    }),
  ),
  some(
    line(`set ${PATH} description "${MARKER} netdata cloud"`, (facts, policy) => {
      facts.define('policy', policy);
      facts.current = policy;
    }),
    line(`set ${PATH} match source-address ${ZONE}`, (facts, policy) => facts.use('policy', policy)),
    line(`set ${PATH} match destination-address (${GROUP})`, (facts, policy, group) => {
      facts.use('policy', policy);
      facts.use('set', group);
      // Policy and set share their name.
      if (policy !== group || facts.current !== policy) facts.use('policy', `${policy} for ${group}`);
    }),
    some(
      either(
        line(`set ${PATH} match application ${APPLICATION}`, (facts, policy, port) => {
          facts.use('application', port);
          facts.rule(policy, [port]);
        }),
        line(`set ${PATH.replace(GROUP, `${MARKER}-dns`)} match application junos-dns-(?:udp|tcp)`, (facts, policy) =>
          facts.rule(policy, []),
        ),
      ),
    ),
    line(`set ${PATH} then permit`, (facts, policy) => {
      facts.use('policy', policy);
      if (facts.current !== policy) facts.use('policy', `${policy} in ${facts.current}`);
    }),
  ),
  optional(some(line(`insert ${PATH} before policy ${ZONE}`, (facts, policy) => facts.use('policy', policy)))),
);

const uninstallRule = sequence(
  some(line(`delete ${PATH}`, (facts, policy) => facts.remove('policy', policy))),
  some(line(`delete ${BOOK} address-set (${GROUP})`, (facts, group) => facts.remove('set', group))),
  some(line(`delete ${BOOK} address (${OBJECT})`, (facts, object) => facts.remove('address', object))),
  some(line(`delete applications application ${APPLICATION}`, (facts, port) => facts.remove('application', port))),
);

const GRAMMARS: Readonly<Record<string, FileGrammar>> = {
  install: { comment: null, rule: installRule },
  uninstall: { comment: null, rule: uninstallRule },
};

export const juniperSrx: Oracle = lineOracle((file) => GRAMMARS[file.role ?? ''] ?? null);
