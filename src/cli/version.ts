import { asset } from './assets.js';

interface Package {
  readonly version?: unknown;
  readonly homepage?: unknown;
  readonly bugs?: { readonly url?: unknown } | string;
}

const read = (): Package => JSON.parse(asset('package.json')) as Package;

/** Where the package says that its pages and its issues are; null where it does not say. */
export function packageAddresses(): { readonly homepage: string | null; readonly issues: string | null } {
  const { homepage, bugs } = read();
  const issues = typeof bugs === 'object' ? bugs.url : bugs;
  return {
    homepage: typeof homepage === 'string' ? homepage : null,
    issues: typeof issues === 'string' ? issues : null,
  };
}

/** Version of this package, from its own package.json. */
export function packageVersion(): string {
  const { version } = read();
  return typeof version === 'string' ? version : 'unknown';
}
