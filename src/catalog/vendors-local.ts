/** What runs on the host itself or on somebody's desk: virus scanners, parental filters, debugging proxies. */
import { OONI, vendor, type Vendor } from './vendors-types.js';

export const LOCAL_VENDORS: readonly Vendor[] = [
  vendor(
    'kaspersky',
    'Kaspersky',
    'endpoint',
    `support.kaspersky.com, "Kaspersky Anti-Virus Personal Root Certificate"; ${OONI}`,
    {
      issuers: [/\bKaspersky\b/iu],
      marks: ['Kaspersky Internet Security'],
    },
  ),
  vendor('eset', 'ESET', 'endpoint', 'help.eset.com, SSL/TLS ("ESET SSL Filter CA")', {
    issuers: [/\bESET SSL Filter CA\b/iu, /\bO="?ESET, spol\b/iu],
  }),
  vendor('avast', 'Avast and AVG', 'endpoint', 'support.avast.com, Web Shield ("Web/Mail Shield Root")', {
    issuers: [/\b(?:Avast|AVG)!? (?:Web\/Mail Shield|Technologies)/iu, /\bWeb\/Mail Shield Root\b/iu],
  }),
  vendor('bitdefender', 'Bitdefender', 'endpoint', 'bitdefender.com, encrypted web scan ("Bitdefender Personal CA")', {
    issuers: [/\bBitdefender Personal CA\b/iu],
  }),
  vendor('dr_web', 'Dr.Web', 'endpoint', 'drweb.com, SpIDer Gate', { issuers: [/\bDr\.?Web\b/iu, /\bDoctor Web\b/iu] }),
  vendor('adguard', 'AdGuard', 'endpoint', `adguard.com, HTTPS filtering ("Adguard Personal CA"); ${OONI}`, {
    issuers: [/\bAdguard (?:Personal )?(?:CA|Certificate)\b/iu],
    blockAddresses: ['94.140.14.33', '94.140.14.35', '176.103.130.135'],
  }),
  vendor('mitmproxy', 'mitmproxy', 'debugger', 'docs.mitmproxy.org, "About Certificates" (CN=mitmproxy)', {
    issuers: [/\b(?:CN|O)=mitmproxy\b/iu],
    headers: [['server', /^mitmproxy\b/iu]],
  }),
  vendor('fiddler', 'Fiddler', 'debugger', 'docs.telerik.com/fiddler, "DO_NOT_TRUST_FiddlerRoot"', {
    issuers: [/DO_NOT_TRUST_Fiddler/iu, /\bFiddlerRoot\b/iu],
  }),
  vendor('charles', 'Charles Proxy', 'debugger', 'charlesproxy.com, SSL certificates ("Charles Proxy CA")', {
    issuers: [/\bCharles Proxy (?:CA|Custom|SSL)/iu],
  }),
  vendor('burp', 'Burp Suite', 'debugger', 'portswigger.net, "PortSwigger CA"', { issuers: [/\bPortSwigger\b/iu] }),
  vendor('zap', 'ZAP', 'debugger', 'zaproxy.org, dynamic SSL certificates', {
    issuers: [/\b(?:OWASP )?(?:Zed Attack Proxy|ZAP) Root CA\b/iu],
  }),
];
