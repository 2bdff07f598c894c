/** A drawing for each station of the path, 24 by 24, in the colour of its text. */
import type { StationName } from '../stations.js';
import { Markup } from './markup.js';

const SHAPES: Readonly<Record<StationName, string>> = {
  // Two units of a rack.
  host: '<rect x="4" y="4" width="16" height="7" rx="1.5"/><rect x="4" y="13" width="16" height="7" rx="1.5"/><path d="M7.5 7.5h.01M7.5 16.5h.01M11 7.5h5M11 16.5h5"/>',
  // A looking glass.
  resolver: '<circle cx="10.5" cy="10.5" r="6"/><path d="M15 15l5.5 5.5"/>',
  // There and back through a middleman.
  proxy: '<path d="M3 8h17l-4-4M21 16H4l4 4"/>',
  // A wall.
  network:
    '<rect x="3" y="5" width="18" height="14" rx="1"/><path d="M3 9.7h18M3 14.3h18M9 5v4.7M15 9.7v4.6M9 14.3V19M15 5v.01"/>',
  cloud: '<path d="M7.2 18.5h9.9a3.9 3.9 0 0 0 .5-7.77A5.9 5.9 0 0 0 6.3 11.1a3.75 3.75 0 0 0 .9 7.4z"/>',
};

export function icon(name: StationName): Markup {
  return new Markup(`<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">${SHAPES[name]}</svg>`);
}
