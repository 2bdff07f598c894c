/** Firewalls, gateways, cloud proxies and DNS filters. */
import { OONI, vendor, type Vendor } from './vendors-types.js';

export const GATEWAY_VENDORS: readonly Vendor[] = [
  vendor(
    'fortinet',
    'Fortinet FortiGate',
    'gateway',
    `${OONI}; docs.fortinet.com (Fortinet_CA_SSL); Tailscale net/tlsdial/blockblame`,
    {
      issuers: [/\bO=Fortinet\b/iu, /\bCN=Forti(?:Gate|net|SASE|Proxy)\b/iu, /support@fortinet\.com/iu],
      titles: [/^FortiGuard\b/iu, /^Web ?Filter (?:Violation|Block)/iu, /FortiGate Application Control/iu],
      marks: [
        'FortiGuard Web Filtering',
        'FortiGuard Intrusion Prevention',
        'Powered By FortiGuard',
        'Powered By Fortinet',
        'Webfilter Violation',
      ],
      blockAddresses: ['208.91.112.55'],
      headers: [
        [
          'location',
          /^https?:\/\/(?:[a-z0-9-]+\.)*(?:fortinet\.com|fortiguard\.com|fortisase\.com|forticloud\.com)(?:[:/?#]|$)/iu,
        ],
        ['location', /\/fgtauth\?|:(?:1000|1003)\/|\/fgd_redirector|:801[0-5]\//u],
      ],
    },
  ),
  vendor(
    'palo_alto',
    'Palo Alto Networks',
    'gateway',
    `${OONI}; knowledgebase.paloaltonetworks.com kA10g000000ClXtCAK; Tailscale net/tlsdial/blockblame`,
    {
      issuers: [/\bPalo Alto Networks\b/iu, /\bCN=PAN-FW\b/iu, /\bPrisma Access\b/iu],
      headers: [
        [
          'location',
          /^https?:\/\/(?:[a-z0-9-]+\.)*(?:prismaaccess\.com|gpcloudservice\.com|paloaltonetworks\.com)(?:[:/?#]|$)/iu,
        ],
        ['location', /\/php\/(?:urlblock|uid|urladmin)\.php|:608[0-3]\//u],
        ['location', /\/php\/urlblock\.php\?args=/u],
      ],
      marks: [
        'Access to the web page you were trying to visit has been blocked in accordance with',
        'Access to the application you were trying to use has been blocked in accordance with',
      ],
    },
  ),
  vendor(
    'cisco_umbrella',
    'Cisco Umbrella (OpenDNS)',
    'dns_filter',
    `${OONI}; docs.umbrella.com, "Cisco Umbrella Root CA"`,
    {
      issuers: [/\bCN=Cisco Umbrella\b/iu, /\bCN=OpenDNS\b/iu],
      headers: [
        ['location', /^https?:\/\/(?:[a-z0-9-]+\.)*(?:umbrella\.com|opendns\.com|sse\.cisco\.com)(?:[:/?#]|$)/iu],
        ['location', /^https?:\/\/(?:[a-z0-9-]+\.)*opendns\.com\//iu],
      ],
      marks: [
        'https://block.opendns.com/',
        'because of a Cisco Umbrella policy setting',
        'This site is blocked due to content filtering.',
        'This domain is blocked due to content filtering.',
      ],
      blockAddresses: [
        '146.112.61.104',
        '146.112.61.105',
        '146.112.61.106',
        '146.112.61.107',
        '146.112.61.108',
        '146.112.61.109',
        '146.112.61.110',
        '208.69.32.164',
      ],
    },
  ),
  vendor('cisco_wsa', 'Cisco Secure Web Appliance (IronPort)', 'proxy', OONI, {
    issuers: [/\bO=Cisco(?: Systems)?\b/iu, /\bIronPort\b/iu],
    headers: [
      ['via', /\bCisco-WSA\//iu],
      ['x-ironport-response', /./u],
    ],
  }),
  vendor('meraki', 'Cisco Meraki', 'gateway', OONI, {
    issuers: [/\bO=Meraki\b/iu],
    headers: [['location', /^https?:\/\/[a-z0-9.-]*meraki\.com(?::\d+)?\/(?:blocked|splash)/iu]],
    marks: ['This website is blocked by your network operator.'],
  }),
  vendor(
    'check_point',
    'Check Point',
    'gateway',
    `${OONI}; sc1.checkpoint.com, UserCheck and HTTPS Inspection guides`,
    {
      issuers: [/\bCheck ?Point (?:Software|Security|Secure)\b/iu, /\b(?:O|CN)=Check ?Point(?=,|$)/iu],
      headers: [
        ['location', /^https?:\/\/(?:[a-z0-9-]+\.)*(?:checkpoint\.com)(?:[:/?#]|$)/iu],
        ['location', /\/UserCheck\/PortalMain\?IID=/u],
      ],
      titles: [/Check Point UserCheck/iu],
      marks: ['Check Point UserCheck'],
    },
  ),
  vendor(
    'sophos',
    'Sophos',
    'gateway',
    'avanet.com, Sophos Firewall CA (SecurityAppliance_SSL_CA); wsa.sophos.com; Tailscale net/tlsdial/blockblame',
    {
      issuers: [/\bSophos\b/iu, /SecurityAppliance_SSL_CA/iu, /\bCN=Cyberoam\b/iu],
      titles: [/^Sophos (?:Web|Firewall|UTM)/iu],
      marks: ['Powered by Sophos', 'UTM Web Protection'],
      headers: [
        ['location', /^https?:\/\/(?:[a-z0-9-]+\.)*(?:sophos\.com|sophosxl\.net|fw-notify\.net)(?:[:/?#]|$)/iu],
        ['location', /:8090\/(?:httpclient|ips\/block)/u],
      ],
    },
  ),
  vendor('sonicwall', 'SonicWall', 'gateway', `${OONI}; sonicwall.com, DPI-SSL ("SonicWALL Firewall DPI-SSL")`, {
    issuers: [/\bSonicWALL\b/iu],
    headers: [
      ['server', /^SonicWALL\b/iu],
      ['location', /^https?:\/\/cfssupport\.sonicwall\.com/iu],
    ],
    titles: [/^SonicWALL? - Web Site Blocked/iu],
    marks: ['SonicWALL - Web Site Blocked', '://cfssupport.sonicwall.com'],
  }),
  vendor('watchguard', 'WatchGuard', 'gateway', `${OONI}; watchguard.com, "Fireware HTTPS Proxy" CA`, {
    issuers: [/\bFireware HTTPS Proxy\b/iu, /\bO=WatchGuard\b/iu],
    titles: [/denied by WatchGuard HTTP Proxy/iu],
    marks: ['Request denied by WatchGuard HTTP Proxy', 'WatchGuard Firewall'],
    blockAddresses: ['3.93.224.57', '52.206.227.167'],
  }),
  vendor('barracuda', 'Barracuda', 'gateway', `${OONI}; campus.barracuda.com, "SSL Certificates Explained"`, {
    issuers: [/\bBarracuda (?:Networks|Web|NextGen|NG|CloudGen|Content)/iu, /\bO=Barracuda\b/iu],
    headers: [
      [
        'location',
        /^https?:\/\/(?:[a-z0-9-]+\.)*(?:barracuda\.com|barracudanetworks\.com|barracudacentral\.org)(?:[:/?#]|$)/iu,
      ],
      ['location', /\/cgi-mod\/(?:block|spyware|deny|index\.cgi\?.*block)/iu],
      ['server', /^Barracuda(?:\/NGFirewall|HTTP)/u],
      ['via', /\bhttp_scan_byf\//iu],
    ],
    marks: ['<p>Redirecting you to Barracuda Web Filter.</p>', '<th>Barracuda NextGen Firewall:</th>'],
  }),
  vendor('juniper', 'Juniper', 'gateway', OONI, {
    issuers: [/\bO=Juniper Networks\b/iu],
    marks: ['Juniper Web Filtering'],
  }),
  vendor('huawei', 'Huawei', 'gateway', 'Tailscale net/tlsdial/blockblame', {
    issuers: [/mobile@huawei\.com/iu, /\bO=Huawei\b/iu],
  }),
  vendor('aruba', 'HPE Aruba', 'gateway', 'Tailscale net/tlsdial/blockblame', {
    issuers: [/\b(?:O|CN)=(?:HPE )?Aruba(?: Networks)?\b/iu],
    titles: [/^Aruba (?:Captive Portal|Networks)/iu],
  }),
  vendor('ubiquiti', 'Ubiquiti UniFi', 'gateway', 'Tailscale net/tlsdial/blockblame', {
    issuers: [/\b(?:O|CN)=Ubiquiti\b/iu, /\b(?:O|CN|OU)=UniFi\b/iu],
  }),
  vendor('untangle', 'Untangle / Arista NG Firewall', 'gateway', `${OONI}; wiki.untangle.com, HTTPS Inspector`, {
    issuers: [/\bO=Untangle(?:,? Inc\b|,|$)/iu, /\buntangle\.com\b/iu],
    headers: [['location', /web-filter\/blockpage\?/u]],
    marks: ['This web page is blocked</b> because it violates network policy.'],
  }),
  vendor('kerio', 'GFI Kerio Control', 'gateway', OONI, {
    issuers: [/\bKerio Control\b/iu],
    headers: [['server', /^Kerio Control Embedded Web Server/iu]],
    marks: ['This page has been blocked by Kerio Control'],
  }),
  vendor('smoothwall', 'Smoothwall', 'gateway', 'kb.smoothwall.com, "What are Smoothwall Certificates"', {
    issuers: [/\bSmoothwall\b/iu],
    marks: ['Smoothwall Guardian'],
    headers: [
      ['location', /^https?:\/\/(?:[a-z0-9-]+\.)*(?:smoothwall\.com|smoothwall\.net|smoothwall\.cloud)(?:[:/?#]|$)/iu],
      ['location', /\/(?:guardian|block)\/(?:block|blockpage|deny)|\/ssllogin\b/iu],
    ],
  }),
  vendor(
    'stormshield',
    'Stormshield',
    'gateway',
    'documentation.stormshield.eu, SSL filtering ("SSL proxy default authority")',
    {
      issuers: [/\bStormshield\b/iu, /SSL proxy default authority/iu, /\bNETASQ\b/iu],
    },
  ),
  vendor(
    'stonesoft',
    'Forcepoint NGFW (Stonesoft)',
    'gateway',
    'help.stonesoft.com, client protection certificate authorities',
    {
      issuers: [/\bStonesoft\b/iu],
    },
  ),
  vendor('pfsense_squidguard', 'squidGuard (pfSense and others)', 'proxy', OONI, {
    headers: [['location', /(?:squidGuard\.cgi\?clientaddr=|\/sgerror\.php\?url=)/u]],
  }),
  vendor('squid', 'Squid', 'proxy', 'squid-cache.org, error pages and X-Squid-Error; OONI row prod_squid_error_page', {
    issuers: [/\b(?:CN|O|OU)=squid(?:[ -](?:proxy|ca|ssl|bump)\b|,|$)/iu],
    headers: [
      ['x-squid-error', /./u],
      ['server', /^squid(?:\/|$)/iu],
      ['via', /\(squid(?:\/[\d.]+)?\)/iu],
    ],
    marks: ['Stylesheet for Squid Error pages'],
  }),
  vendor(
    'symantec_proxysg',
    'Symantec (Blue Coat) ProxySG and Cloud SWG',
    'proxy',
    `${OONI}; techdocs.broadcom.com, Web Security Service SSL certificates`,
    {
      issuers: [
        /\bBlue ?Coat (?:Systems|Proxy|Web|Security|Public)/iu,
        /\b(?:O|CN)=Blue ?Coat(?=,|$)/iu,
        /\bSymantec (?:Web Security|Cloud|WSS)/iu,
        /\bCloud SWG\b/iu,
        /\bO=ThreatPulse\b/iu,
      ],
      headers: [
        [
          'location',
          /^https?:\/\/(?:[a-z0-9-]+\.)*(?:threatpulse\.com|threatpulse\.net|bluecoat\.com|broadcom\.com)(?:[:/?#]|$)/iu,
        ],
        ['location', /notify\.bluecoat\.com|bluecoat\.com\/notify-/iu],
        ['x-bluecoat-via', /./u],
      ],
      marks: ['://notify.bluecoat.com'],
    },
  ),
  vendor('forcepoint', 'Forcepoint (Websense)', 'cloud_proxy', `${OONI}; help.forcepoint.com, hybrid SSL certificate`, {
    issuers: [/\bForcepoint\b/iu, /\bWebsense\b/iu],
    headers: [
      [
        'location',
        /^https?:\/\/(?:[a-z0-9-]+\.)*(?:forcepoint\.com|forcepoint\.net|websense\.net|mailcontrol\.com|blackspider\.com)(?:[:/?#]|$)/iu,
      ],
      ['location', /:15871\/cgi-bin\/blockpage\.cgi/u],
      ['via', /\bforcepoint-wcg\b/iu],
    ],
    marks: [':15871/cgi-bin/blockpage.cgi', ':15871/cgi-bin/block_message.cgi'],
  }),
  vendor('skyhigh', 'Skyhigh (McAfee) Web Gateway', 'proxy', OONI, {
    issuers: [/\bMcAfee Web Gateway\b/iu, /\bSkyhigh (?:Security|Web|Secure)/iu],
    titles: [/^(?:McAfee|Skyhigh) Web Gateway\b/iu],
    marks: ['McAfee Web Gateway - Notification'],
    headers: [
      [
        'location',
        /^https?:\/\/(?:[a-z0-9-]+\.)*(?:skyhigh\.cloud|skyhighsecurity\.com|saasprotection\.com|mcafeesaas\.com)(?:[:/?#]|$)/iu,
      ],
    ],
  }),
  vendor(
    'zscaler',
    'Zscaler',
    'cloud_proxy',
    `${OONI}; help.zscaler.com, "Choosing the CA Certificate for SSL Inspection"`,
    {
      issuers: [/\bZscaler\b/iu],
      headers: [
        ['location', /^https?:\/\/(?:[a-z0-9-]+\.)*(?:zscaler[a-z]*|zscloud)\.(?:net|com)(?:[:/?#]|$)/iu],
        ['server', /^Zscaler\//iu],
        ['location', /:\/\/gateway\.zscaler[a-z]*\.net/iu],
      ],
      titles: [/^Internet Security by Zscaler/iu],
      marks: ['Internet Security by Zscaler', 'gateway.zscaler'],
    },
  ),
  vendor('netskope', 'Netskope', 'cloud_proxy', 'docs.netskope.com, certificates (caadmin.netskope.com, goskope.com)', {
    issuers: [/\bnetskope\b/iu, /\bgoskope\.com\b/iu],
    marks: ['Powered by Netskope'],
    headers: [['location', /^https?:\/\/(?:[a-z0-9-]+\.)*(?:goskope\.com|netskope\.com|netskope\.io)(?:[:/?#]|$)/iu]],
  }),
  vendor(
    'cloudflare_gateway',
    'Cloudflare Gateway',
    'cloud_proxy',
    'developers.cloudflare.com/cloudflare-one ("Gateway CA - Cloudflare Managed")',
    {
      issuers: [/\bCN=Gateway CA - Cloudflare Managed\b/iu, /\bCloudflare for Teams\b/iu],
      marks: ['Cloudflare Gateway block page'],
      headers: [
        [
          'location',
          /^https?:\/\/(?:[a-z0-9-]+\.)*(?:cloudflare-gateway\.com|cloudflareaccess\.com|teams\.cloudflare\.com)(?:[:/?#]|$)/iu,
        ],
      ],
    },
  ),
  vendor(
    'cato',
    'Cato Networks',
    'cloud_proxy',
    'support.catonetworks.com, default Cato certificate for TLS inspection',
    {
      issuers: [/\bCato ?Networks\b/iu],
      marks: ['Blocked by Cato'],
      headers: [['location', /^https?:\/\/(?:[a-z0-9-]+\.)*(?:catonetworks\.com)(?:[:/?#]|$)/iu]],
    },
  ),
  vendor('iboss', 'iboss', 'cloud_proxy', OONI, {
    issuers: [/\b(?:O|CN|OU)=iboss\b/iu],
    headers: [
      ['location', /^https?:\/\/(?:[a-z0-9-]+\.)*(?:iboss\.com|ibosscloud\.com)(?:[:/?#]|$)/iu],
      ['location', /\/(?:ibreports\/ibp\/bp\.html|iboss\/restricted\.html\?fn=)/u],
    ],
    marks: ['Access to the requested site has been restricted due to its contents.'],
  }),
  vendor('menlo', 'Menlo Security', 'cloud_proxy', 'docs.menlosecurity.com, root certificate', {
    issuers: [/\bMenlo Security\b/iu],
    headers: [['location', /^https?:\/\/(?:[a-z0-9-]+\.)*(?:menlosecurity\.com)(?:[:/?#]|$)/iu]],
  }),
  vendor('trend_micro', 'Trend Micro', 'gateway', 'docs.trendmicro.com, HTTPS inspection certificates', {
    issuers: [/\bTrend Micro\b/iu],
    titles: [/^Trend Micro (?:Web|InterScan)/iu],
    headers: [['location', /^https?:\/\/(?:[a-z0-9-]+\.)*(?:trendmicro\.com)(?:[:/?#]|$)/iu]],
  }),
  vendor('netsweeper', 'Netsweeper', 'dns_filter', OONI, {
    issuers: [/\bNetsweeper\b/iu],
    marks: ['poweredbynetsweeper.com', '/webadmin/deny/', 'NetSweeper restriction'],
  }),
  vendor('lightspeed', 'Lightspeed Systems', 'gateway', `${OONI}; community.lightspeedsystems.com, SSL explained`, {
    issuers: [/\bLightspeed Systems\b/iu, /\bCN=Lightspeed Rocket\b/iu],
    titles: [/^Lightspeed System/iu],
    headers: [
      [
        'location',
        /^https?:\/\/(?:[a-z0-9-]+\.)*(?:lightspeedsystems\.com|lightspeedsystems\.app|lsfilter\.com|lsaccess\.me)(?:[:/?#]|$)/iu,
      ],
    ],
  }),
  vendor('securly', 'Securly', 'dns_filter', OONI, {
    issuers: [/\bSecurly\b/iu],
    blockAddresses: ['204.110.220.2', '52.52.63.90'],
    headers: [['location', /^https?:\/\/(?:[a-z0-9-]+\.)*(?:securly\.com)(?:[:/?#]|$)/iu]],
  }),
  vendor('safedns', 'SafeDNS', 'dns_filter', OONI, {
    issuers: [/\bSafeDNS\b/iu],
    blockAddresses: ['195.46.39.11'],
  }),
  vendor('cleanbrowsing', 'CleanBrowsing', 'dns_filter', OONI, {
    blockAddresses: ['185.228.168.254', '207.246.127.171', '45.77.77.148'],
    headers: [['location', /^https?:\/\/(?:[a-z0-9-]+\.)*(?:cleanbrowsing\.org)(?:[:/?#]|$)/iu]],
  }),
  vendor('flashstart', 'FlashStart', 'dns_filter', OONI, { blockAddresses: ['185.236.104.104'] }),
  vendor('comodo_dns', 'Comodo Secure DNS', 'dns_filter', OONI, {
    headers: [['location', /\bwarn\.recursive\.dnsbycomodo\.com\b/iu]],
  }),
  vendor('allot', 'Allot', 'gateway', OONI, { marks: ['http://www.allot.com/images/allot_logo.gif'] }),
  vendor('netentsec', 'Netentsec', 'gateway', OONI, { titles: [/^NetentSec Content Filter/iu] }),
  vendor('wirefilter', 'WireFilter', 'gateway', OONI, { headers: [['server', /^Protected by WireFilter/iu]] }),
];
