/** Somebody else answers instead of the service: portals, filters, proxies, overloaded front ends. */
import { htmlAnswer, type HttpAnswer } from '../http/message.js';
import { HOST_ROLES } from '../types.js';
import { type FaultDefinition, type FaultEffect, faultsOf } from './fault.js';
import { choiceParameter, numberParameter, secondsParameter } from './parameters.js';

const somebody = faultsOf('http', HOST_ROLES);

function instead(answer: HttpAnswer): FaultEffect {
  return { http: () => answer };
}

function page(title: string, text: string): string {
  return `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1><p>${text}</p></body></html>\n`;
}

/** Shapes of block pages as filters of these kinds send them; texts are ours. */
const BLOCK_PAGES = {
  fortinet: htmlAnswer(
    403,
    page(
      'Web Filter Violation',
      'FortiGuard: you have tried to access a web page that is in violation of your policy.',
    ),
    [['Server', 'FortiWeb']],
  ),
  zscaler: htmlAnswer(
    403,
    page('Internet Security by Zscaler', 'Your organization has selected Zscaler to protect you. Access was denied.'),
    [['Server', 'Zscaler/6.2']],
  ),
  squid: htmlAnswer(403, page('ERROR: The requested URL could not be retrieved', 'Access Denied.'), [
    ['Server', 'squid/5.7'],
    ['X-Squid-Error', 'ERR_ACCESS_DENIED 0'],
    ['Via', '1.1 gateway (squid/5.7)'],
  ]),
  plain: htmlAnswer(403, page('403 Forbidden', 'Forbidden.')),
  hostile: htmlAnswer(
    403,
    page(
      '\u001b[2J\u001b[31mowned\u001b]0;title\u0007<script>alert(1)</script>',
      '\u202egnitirw dessecca | `$(reboot)`',
    ),
    [['X-Note', '<img src=x onerror=alert(1)>']],
  ),
} as const;
type BlockPage = keyof typeof BLOCK_PAGES;
const BLOCK_PAGE_NAMES: readonly BlockPage[] = ['fortinet', 'zscaler', 'squid', 'plain', 'hostile'];

export const HTTP_PAGE_FAULTS: readonly FaultDefinition[] = [
  somebody('portal_redirect', 'A captive portal redirects to its login page', () =>
    instead(
      htmlAnswer(302, page('Welcome', 'Please log in to use this network.'), [
        ['Location', 'http://portal.example.test/login?continue=1'],
        ['Cache-Control', 'no-store'],
      ]),
    ),
  ),
  somebody('portal_page', 'A captive portal answers 200 with its login page', () =>
    instead(htmlAnswer(200, page('Guest Wi-Fi login', '<form action="/login"><input name="user"></form>'))),
  ),
  somebody(
    '403_page',
    'A web filter answers 403 with its block page',
    { meaning: `whose page: ${BLOCK_PAGE_NAMES.join(', ')}`, default: 'fortinet' },
    (text) => instead(BLOCK_PAGES[choiceParameter('403_page', text, BLOCK_PAGE_NAMES)]),
  ),
  somebody('200_page', 'A filter answers 200 with a page of its own', () =>
    instead(htmlAnswer(200, page('Access to this site is restricted', 'Contact your administrator.'))),
  ),
  somebody(
    'http_status',
    'Every answer has this status, with a short page',
    { meaning: 'status', default: '503' },
    (text) => {
      const status = numberParameter('http_status', text, 200, 599);
      return instead(htmlAnswer(status, page(`${status}`, 'The upstream server is not available.')));
    },
  ),
  somebody('407', 'A transparent proxy asks for credentials', () =>
    instead(
      htmlAnswer(407, page('Proxy Authentication Required', 'Log in to the proxy first.'), [
        ['Proxy-Authenticate', 'NTLM'],
        ['Proxy-Authenticate', 'Negotiate'],
      ]),
    ),
  ),
  somebody('502', 'A gateway cannot reach the service', () =>
    instead(htmlAnswer(502, page('502 Bad Gateway', 'nginx'))),
  ),
  somebody('503', 'A gateway has no service to send to', () =>
    instead(htmlAnswer(503, page('503 Service Temporarily Unavailable', 'nginx'), [['Retry-After', '30']])),
  ),
  somebody('agent_shape_blocked', 'A filter refuses requests without a browser-like User-Agent', () => ({
    http: (request) =>
      request.headers.some(([name, value]) => name.toLowerCase() === 'user-agent' && value.startsWith('Mozilla/'))
        ? null
        : BLOCK_PAGES.plain,
  })),
  somebody('http_slow', 'HTTP answers come late', { meaning: 'seconds', default: '2' }, (text) => ({
    httpDelayMs: secondsParameter('http_slow', text),
  })),
];
