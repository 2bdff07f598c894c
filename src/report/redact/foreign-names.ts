/**
 * Host names that only a peer told: a proxy in `Via`, the portal of a redirect, the machine at the foot of an error
 * page, the list of revoked certificates. No setting holds them, and they name the place all the same.
 */
import type { Observation } from '../../model/observation.js';
import type { Report } from '../../model/report.js';

/** Endings of files that look like host names. */
const FILE = new Set(
  'asp aspx cer cfg cgi conf crt css csv d dll exe gif htm html ico ini jpeg jpg js json jsp key log map md pem php png py service sh so svg txt woff xml zip'.split(
    ' ',
  ),
);
/** Endings of host names, besides those of two letters. */
const ENDINGS =
  'com|net|org|edu|gov|mil|int|info|biz|name|pro|aero|coop|museum|jobs|mobi|travel|tel|cat|asia|post|arpa|example|test|app|bank|blog|church|cloud|club|codes|company|consulting|dev|digital|education|email|energy|engineering|finance|gmbh|global|group|health|holdings|hosting|insurance|international|life|live|management|media|network|one|online|partners|school|services|shop|site|software|solutions|space|store|studio|support|systems|team|tech|technology|tools|university|ventures|works|world|xyz|zone';

const LABELS = '(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\\.)+';
/** Where only a host can stand: any ending will do. */
const PLACED = new RegExp(`(?:://|@|\\bfrom )(${LABELS}[a-z][a-z0-9-]{0,61})`, 'gi');
/** Anywhere: endings that host names have. */
const ANYWHERE = new RegExp(`(?<![\\w-]|(?<!\\*)\\.)(${LABELS}(?:[a-z]{2}|${ENDINGS}))(?![\\w-]|\\.\\w)`, 'gi');
/** `1.1 px-9 (squid/5.7)`, `MISS from px-9:3128`: a name without dots, if it looks like no word. */
const BARE = /(?:\b\d\.\d |\b(?:HIT|MISS|NONE) from )([a-z][a-z0-9-]*[0-9-][a-z0-9-]*)(?=[\s:,(]|$)/gi;

/**
 * Names by which the makers of filters are known: they tell the product, not the place. Exactly these: what stands in
 * front of them may be a customer's.
 */
const MAKERS = new Set(
  'adguard.com avast.com barracuda.com bitdefender.com block.opendns.com bluecoat.com broadcom.com cfssupport.sonicwall.com charlesproxy.com checkpoint.com cisco.com cloudflare.com drweb.com eset.com forcepoint.com fortinet.com goskope.com huawei.com kaspersky.com meraki.com mitmproxy.org netskope.com notify.bluecoat.com opendns.com paloaltonetworks.com portswigger.net poweredbynetsweeper.com sonicwall.com sophos.com symantec.com telerik.com trendmicro.com umbrella.com untangle.com watchguard.com zscaler.com zscaler.net zscalerbeta.net zscalerone.net zscalerthree.net zscalertwo.net'.split(
    ' ',
  ),
);

export const isMaker = (name: string): boolean => MAKERS.has(name.toLowerCase());

/** Everything in an observation that a peer may have written. */
function textsOf(o: Observation): string[] {
  const texts = [o.failure?.detail ?? ''];
  if ('headers' in o) texts.push(...o.headers.map(([, value]) => value));
  for (const field of ['rawReply', 'rawHead', 'rawBody', 'bodyExcerpt', 'rawFirstBytes'] as const) {
    const value = (o as Partial<Record<typeof field, string | null>>)[field];
    if (typeof value === 'string') texts.push(value);
  }
  if (o.operation === 'tls_handshake') {
    texts.push(...o.chain.flatMap((c) => [c.subject, c.issuer, c.subjectAltName]));
  }
  return texts;
}

const isFile = (name: string): boolean => FILE.has(name.slice(name.lastIndexOf('.') + 1));

export function foreignNames(report: Report): readonly string[] {
  const found = new Set<string>();
  for (const text of new Set(report.observations.flatMap(textsOf))) {
    for (const pattern of [PLACED, ANYWHERE, BARE]) {
      for (const [, name = ''] of text.matchAll(pattern)) {
        const lower = name.toLowerCase();
        if (!isFile(lower)) found.add(lower);
      }
    }
  }
  return [...found];
}
