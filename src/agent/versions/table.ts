/** Every rule that changed between versions, by section: the one table. */
import { BUILD } from './build.js';
import { CLAIM } from './claim.js';
import { HTTPS } from './https.js';
import { LINK } from './link.js';
import { NETWORK } from './network.js';
import { PROXIES } from './proxy.js';
import { SETTINGS } from './settings.js';
import { STATUS } from './status.js';

export const RULES = {
  ...BUILD,
  ...CLAIM,
  ...SETTINGS,
  ...PROXIES,
  ...NETWORK,
  ...HTTPS,
  ...LINK,
  ...STATUS,
} as const;

export type RuleName = keyof typeof RULES;

/** For people: the sections of the table, in reading order. */
export const SECTIONS: readonly { readonly title: string; readonly rules: readonly RuleName[] }[] = [
  { title: 'Build', rules: Object.keys(BUILD) as RuleName[] },
  { title: 'Claiming', rules: Object.keys(CLAIM) as RuleName[] },
  { title: 'Settings', rules: Object.keys(SETTINGS) as RuleName[] },
  { title: 'Proxies', rules: Object.keys(PROXIES) as RuleName[] },
  { title: 'Names, addresses, TCP and TLS', rules: Object.keys(NETWORK) as RuleName[] },
  { title: 'HTTPS answers, /env and login', rules: Object.keys(HTTPS) as RuleName[] },
  { title: 'WebSocket and MQTT', rules: Object.keys(LINK) as RuleName[] },
  { title: 'Status and logs', rules: Object.keys(STATUS) as RuleName[] },
];
