/** Glyph and word for every state of the HTML form: nothing is told by colour alone. */
import type { StationName, StationState } from '../stations.js';
import type { Tone } from '../words.js';

export const TONE_GLYPH: Readonly<Record<Tone, string>> = { ok: '✓', warn: '!', fail: '✗', unknown: '?', none: '•' };

export const STATION_TITLE: Readonly<Record<StationName, string>> = {
  host: 'This host',
  resolver: 'Resolver',
  proxy: 'Proxy',
  network: 'Network and firewall',
  cloud: 'Netdata Cloud',
};

export const STATION_WORD: Readonly<Record<StationState, string>> = {
  ok: 'ok',
  breaks: 'breaks here',
  partly: 'passes in part',
  beyond: 'not reached',
  unknown: 'not known',
};

export const STATION_TONE: Readonly<Record<StationState, Tone>> = {
  ok: 'ok',
  breaks: 'fail',
  partly: 'warn',
  beyond: 'unknown',
  unknown: 'unknown',
};
