/**
 * squid: exact names for CONNECT. `dstdomain -n` is not optional: without it squid looks up the name of an
 * address and lets `CONNECT 198.51.100.2:443` pass because of its reverse record. A leading dot or star is never
 * emitted. Sources: docs/reference/firewall.md#squid; squid.conf documentation of acl and http_access, 5.7.
 */
import { header, shortHeader, VOLATILE } from '../core/header.js';
import { MARKER } from '../core/names.js';
import { script } from '../core/script.js';
import {
  RefusalError,
  type CheckedAllowList,
  type RuleOptions,
  type RuleTarget,
  type StepResult,
  PROXY,
} from '../core/target.js';
import { isLiteral } from '../core/views.js';

function groups(list: CheckedAllowList): Map<string, string[]> {
  const byPorts = new Map<string, string[]>();
  for (const host of list.hosts) {
    if (isLiteral(host.fqdn))
      throw new RefusalError('squid', 'names_not_supported', `is for names; ${host.fqdn} is an address`);
    const key = host.ports.join(' ');
    byPorts.set(key, [...new Set([...(byPorts.get(key) ?? []), host.fqdn])]);
  }
  return byPorts;
}

function body(list: CheckedAllowList, options: RuleOptions): string {
  const lines = ['acl nd_allow_method method CONNECT'];
  const sources = options.settings['src'] ?? '';
  if (sources !== '') lines.push(`acl nd_allow_src src ${sources.replaceAll(',', ' ')}`);
  const names: string[] = [];
  let index = 0;
  for (const [ports, hosts] of groups(list)) {
    const suffix = index++ === 0 ? '' : String(index);
    names.push(...hosts);
    lines.push(
      `acl nd_allow_hosts${suffix} dstdomain -n ${hosts.join(' ')}`,
      `acl nd_allow_ports${suffix} port ${ports}`,
      `http_access allow nd_allow_method nd_allow_hosts${suffix} nd_allow_ports${suffix}${sources === '' ? '' : ' nd_allow_src'}`,
    );
  }
  if (options.mode === 'enforce') lines.push('http_access deny all');
  if (options.settings['splice'] === 'yes')
    lines.push(
      '# The link does not survive inspection: hand these names through (needs squid with OpenSSL, after your peek).',
      `acl nd_allow_sni ssl::server_name ${[...new Set(names)].sort().join(' ')}`,
      'ssl_bump splice nd_allow_sni',
    );
  return `${lines.join('\n')}\n`;
}

/** Last line of the wrapper: what squid warns of after it is about this machine, which may have no name in DNS. */
const LAST = 'visible_hostname nd-allow-check';

/** A missing ACL file is an ERROR line with status 0. */
function judge(results: readonly StepResult[]): string[] {
  return results.flatMap((result) => {
    const text = result.stderr + result.stdout;
    const ours = text.split(`Processing: ${LAST}`, 1)[0] ?? '';
    const bad = [
      ...ours.split('\n').filter((line) => /WARNING/.test(line) && !/IPv6/.test(line)),
      ...text.split('\n').filter((line) => /ERROR|FATAL|Bungled/.test(line)),
    ];
    return result.code === 0 && bad.length === 0 ? [] : [bad.join('\n') || `status ${String(result.code)}`];
  });
}

const CIDRS = /^(?:[0-9a-fA-F:.]{2,39}(?:\/\d{1,3})?(?:,[0-9a-fA-F:.]{2,39}(?:\/\d{1,3})?){0,31})?$/;

export const squid: RuleTarget = {
  id: 'squid',
  title: 'squid',
  group: 'proxies',
  capabilities: PROXY,
  settings: [
    { name: 'src', title: 'only from these clients, comma-separated prefixes', default: '', pattern: CIDRS },
    { name: 'splice', title: 'exempt the names from TLS inspection (yes/no)', default: 'no', pattern: /^(?:yes|no)$/ },
  ],
  render(list, options) {
    const comment = header(squid, list, options);
    const short = shortHeader(squid, list, options);
    const target = 'conf=${SQUID_CONF_D:-/etc/squid/conf.d}\n';
    const reload = 'if squid -k check 2>/dev/null; then squid -k reconfigure; fi\n';
    // While it reconfigures, squid listens nowhere: only what says something else is worth that.
    const same =
      `body() { grep -v -e '${VOLATILE}' "$1" || :; }\n` +
      `if [ -f "$conf/${MARKER}.conf" ] && [ "$(body "$conf/${MARKER}.conf")" = "$(body "$dir/${MARKER}.squid.conf")" ]; then\n` +
      `  exit 0\nfi\n`;
    return [
      {
        name: `${MARKER}.squid.conf`,
        content: `${comment}# Include this before your first deny of CONNECT that would match.\n${body(list, options)}`,
        mode: 0o644,
      },
      script(
        'install',
        'squid',
        short,
        `${target}${same}install -m 0644 "$dir/${MARKER}.squid.conf" "$conf/${MARKER}.conf"\n${reload}`,
      ),
      script(
        'uninstall',
        'squid',
        short,
        `${target}[ -f "$conf/${MARKER}.conf" ] || exit 0\nrm -f "$conf/${MARKER}.conf"\n${reload}`,
      ),
    ];
  },
  validators: [
    {
      id: 'squid -k parse',
      needs: ['squid'],
      version: ['squid', '-v'],
      root: false,
      steps: () => [
        {
          argv: ['tee', '{dir}/check.conf'],
          stdin: null,
          input: `include {file:${MARKER}.squid.conf}\n${LAST}\n`,
          setup: true,
        },
        { argv: ['squid', '-k', 'parse', '-f', '{dir}/check.conf'], stdin: null },
      ],
      judge,
    },
  ],
};
