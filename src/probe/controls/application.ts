/** The Agent's bytes against a browser's, and small writes against full segments. */
import type { Control } from '../types.js';

export const browserLike: Control = {
  kind: 'browser_like',
  title: 'the same request in the shape a browser gives it',
  phases: ['http', 'websocket', 'mqtt'],
  plan({ phase, target, route, address }) {
    return [
      {
        key: `browser_like:${route.id}:${target.id}:${address ?? 'proxy'}`,
        kind: 'browser_like',
        do: phase === 'http' ? 'browser_http' : 'browser_websocket',
        route,
        target,
        address,
      },
    ];
  },
};

export const fullSizeWrite: Control = {
  kind: 'full_size_write',
  title: 'a request of several full segments',
  phases: ['http', 'websocket', 'mqtt'],
  plan({ reason, target, route, address }) {
    if (reason === 'odd') return [];
    return [
      {
        key: `full_size_write:${route.id}:${target.host}:${address ?? 'proxy'}`,
        kind: 'full_size_write',
        do: 'full_size_write',
        route,
        target,
        address,
      },
    ];
  },
};
