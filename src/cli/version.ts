import { asset } from './assets.js';

/** Version of this package, from its own package.json. */
export function packageVersion(): string {
  const parsed: unknown = JSON.parse(asset('package.json'));
  if (typeof parsed === 'object' && parsed !== null && 'version' in parsed && typeof parsed.version === 'string') {
    return parsed.version;
  }
  return 'unknown';
}
