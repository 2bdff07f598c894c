/** What a version sends otherwise than the newest one, on the HTTPS steps and on the MQTT step. Pure. */
import { rulesFor } from './versions.js';

export interface LinkShape {
  readonly connectHost: boolean;
  readonly connectUserAgent: boolean;
  readonly origin: string;
  readonly sni: 'none' | 'peer' | 'host';
}

export function linkShapes(version: string): { readonly https: LinkShape; readonly link: LinkShape } {
  const rules = rulesFor(version);
  const origin = rules.websocketOrigin;
  return {
    https: {
      connectHost: rules.connectHostOnHttps,
      connectUserAgent: rules.connectUserAgent,
      origin,
      sni: rules.httpsSni,
    },
    link: { connectHost: rules.connectHostOnLink, connectUserAgent: false, origin, sni: 'host' },
  };
}
