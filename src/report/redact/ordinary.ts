/**
 * Words that every report is made of. A user, an account or a host that is called like one of them ("agent", "proxy",
 * "link") is hidden only where a name can stand: hiding the word everywhere would make the report unreadable, and the
 * holes would give the name away.
 */
import type { SchemaNode } from '../../model/schema/build.js';
import { DEFINITIONS, reportSchema } from '../../model/schema/report.js';

/** Of our prose, of configuration and of protocols, beyond what the schema's own vocabulary holds. */
const MORE =
  'access account accept address admin administrator agent allow allowed answer answered api app authentication authorization auto backend bad balancer basic bin block blocked body bridge broker browser bundle busy cache center central certificate certs chain cisco clock cloud cluster com conf connect connected connection console container content corp cron curl daemon data database debian default demo denied deny desktop dev device dhcp digest dns docker domain down drop edge egress error etc exit external fail failed file filter firewall firewalls forbidden forward frontend gateway global guest head header home host hosts http https inside inspect install internal internet intern iptables issuer java key kernel lab lan legacy lib linux live local log login mail main manager master metrics mode monitor monitoring mqtt name names net network nft nginx nobody node none npm ntlm open operator org out outside page password path policy port portal private prod production proxied proxy public read refused reject rejected relay remote request reset resolver rest root route router rule rules run secure security server servers service services session show site socket squid ssh ssl staging start status stop store support svc sys system systemd team test tester text time timeout tls token tool trust tunnel unbound unknown update upgrade upstream user users usr valid var version vpn web webproxy websocket wifi work worker works world www';

function* wordsOf(node: SchemaNode): Generator<string> {
  yield node.description ?? '';
  yield String(node.const ?? '');
  yield* (node.enum ?? []).map(String);
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    yield name;
    yield* wordsOf(child);
  }
  for (const child of [node.items, node.additionalProperties]) if (child !== undefined) yield* wordsOf(child);
  for (const list of [node.prefixItems, node.anyOf, node.oneOf]) for (const child of list ?? []) yield* wordsOf(child);
}

let known: ReadonlySet<string> | null = null;

/** Made when first asked: only redaction needs it. */
function vocabulary(): ReadonlySet<string> {
  known ??= new Set(
    [MORE, ...[reportSchema, ...Object.values(DEFINITIONS)].flatMap((node) => [...wordsOf(node)])]
      .join(' ')
      .split(/[^A-Za-z0-9]+/)
      .map((word) => word.toLowerCase())
      .filter((word) => /[a-z]/.test(word)),
  );
  return known;
}

/** `name` or each of its parts is such a word: `agent`, `net-ops`, `read_config`. */
export function isOrdinary(name: string): boolean {
  const words = name.toLowerCase().split(/[._-]/);
  return words.every((word) => vocabulary().has(word));
}
