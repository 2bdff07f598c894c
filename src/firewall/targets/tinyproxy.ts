/**
 * tinyproxy: anchored names in its filter file, and ConnectPort. The filter is a list of what passes only with
 * FilterDefaultDeny, and ports hold for all names together, so a list with several port lists is refused. `allow` adds
 * to a proxy that denies by default already; `enforce` makes it one.
 * Sources: docs/rules/tinyproxy.md names the manual.
 */
import { header, shortHeader } from '../core/header.js';
import { MARKER } from '../core/names.js';
import { script } from '../core/script.js';
import { RefusalError, type CheckedAllowList, type RuleTarget, PROXY } from '../core/target.js';
import { hostNames, isLiteral } from '../core/views.js';

const ID = 'tinyproxy';
const FILTER = `${MARKER}.tinyproxy.filter`;
const CONF = `${MARKER}.tinyproxy.conf`;

function portsOf(list: CheckedAllowList): readonly number[] {
  const lists = new Set(list.hosts.map((host) => host.ports.join(',')));
  if (lists.size > 1)
    throw new RefusalError(
      ID,
      'not_expressible',
      'ConnectPort holds for every name, and these need different ports; render one list for each',
    );
  const literal = list.hosts.find((host) => isLiteral(host.fqdn));
  if (literal !== undefined)
    throw new RefusalError(ID, 'names_not_supported', `is for names; ${literal.fqdn} is an address`);
  return list.hosts[0]?.ports ?? [];
}

const PLACES = `conf=\${TINYPROXY_CONF:-/etc/tinyproxy/tinyproxy.conf}
setting() { sed -n "s/^[[:space:]]*$1[[:space:]]\\\\{1,\\\\}\\"\\\\{0,1\\\\}\\\\([^\\"]*\\\\)\\"\\\\{0,1\\\\}[[:space:]]*\\$/\\\\1/Ip" "$conf" | tail -n 1; }
without() { sed '/^# ${MARKER} begin/,/^# ${MARKER} end/d' "$1"; }
reload() { if [ -n "$(setting PidFile)" ] && [ -f "$(setting PidFile)" ]; then kill -USR1 "$(cat "$(setting PidFile)")" 2>/dev/null || :; fi; }
stop() { echo "$1" >&2; exit 1; }
`;

/** Adds a block of ours at the end of a file, in place of the one that is there. */
const BLOCK = `block() {
	{ without "$1"; echo '# ${MARKER} begin'; cat "$2"; echo '# ${MARKER} end'; } >"$1.${MARKER}-new"
	cat "$1.${MARKER}-new" >"$1"
	rm -f "$1.${MARKER}-new"
}
`;

const ALLOW = `${PLACES}${BLOCK}filter=$(setting Filter)
case $(setting FilterDefaultDeny) in [Yy]es | [Oo]n) ;; *) stop 'this tinyproxy lets every name pass: there is nothing to allow (or use --mode enforce)' ;; esac
[ -f "$filter" ] || stop "the filter file of $conf is not there"
case $(setting FilterURLs) in [Yy]es | [Oo]n) stop 'FilterURLs is on: the filter then sees no host names' ;; esac
case $(setting FilterType) in '' | bre | ere) ;; *) stop 'FilterType is neither bre nor ere' ;; esac
block "$filter" "$dir/${FILTER}"
# Without a line ConnectPort every port is open; one of ours would close all others.
without "$conf" >"$conf.${MARKER}-old"
if grep -qi '^[[:space:]]*ConnectPort[[:space:]]' "$conf.${MARKER}-old"; then block "$conf" "$dir/${CONF}"; fi
rm -f "$conf.${MARKER}-old"
reload
`;

const ENFORCE = `${PLACES}${BLOCK}without "$conf" >"$conf.${MARKER}-old"
other=$(grep -iE '^[[:space:]]*(ConnectPort|Filter[A-Za-z]*)[[:space:]]' "$conf.${MARKER}-old" || :)
rm -f "$conf.${MARKER}-old"
[ -z "$other" ] || stop "these lines of $conf say something else: take them out first
$other"
install -m 0644 "$dir/${FILTER}" "\${TINYPROXY_FILTER:-/etc/tinyproxy/${MARKER}.filter}"
block "$conf" "$dir/${CONF}"
reload
`;

const UNINSTALL = `${PLACES}remove() {
	[ -f "$1" ] || return 0
	without "$1" >"$1.${MARKER}-new"
	cat "$1.${MARKER}-new" >"$1"
	rm -f "$1.${MARKER}-new"
}
filter=$(setting Filter)
remove "$filter"
remove "$conf"
rm -f "\${TINYPROXY_FILTER:-/etc/tinyproxy/${MARKER}.filter}"
reload
`;

export const tinyproxy: RuleTarget = {
  id: ID,
  title: 'tinyproxy',
  group: 'proxies',
  capabilities: PROXY,
  settings: [
    {
      name: 'filter',
      title: 'where the filter file will be (enforce mode)',
      default: `/etc/tinyproxy/${MARKER}.filter`,
      pattern: /^(?:\/[A-Za-z0-9][A-Za-z0-9._-]{0,60}){1,10}$/,
    },
  ],
  render(list, options) {
    const ports = portsOf(list);
    const head = header(tinyproxy, list, options);
    const short = shortHeader(tinyproxy, list, options);
    const filter = options.settings['filter'] ?? '';
    const lines = [
      ...(options.mode === 'enforce' ? [`Filter "${filter}"`, 'FilterDefaultDeny Yes'] : []),
      ...ports.map((port) => `ConnectPort ${String(port)}`),
    ];
    return [
      {
        name: FILTER,
        content: `${head}${hostNames(list)
          .map((name) => `^${name.replaceAll('.', '\\.')}$\n`)
          .join('')}`,
        mode: 0o644,
      },
      { name: CONF, content: `${short}${lines.join('\n')}\n`, mode: 0o644 },
      script(
        'install',
        ID,
        short,
        options.mode === 'enforce' ? ENFORCE.replaceAll(`/etc/tinyproxy/${MARKER}.filter`, filter) : ALLOW,
      ),
      script('uninstall', ID, short, UNINSTALL.replaceAll(`/etc/tinyproxy/${MARKER}.filter`, filter)),
    ];
  },
};
