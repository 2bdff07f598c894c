/** Placeholder to be filled. */
export interface Vendor {
  readonly id: string;
  readonly name: string;
}
export function matchIssuer(_names: readonly string[]): Vendor | null {
  return null;
}
export function matchPage(_page: {
  readonly headers: readonly (readonly [string, string])[];
  readonly title: string | null;
  readonly body: string;
}): Vendor | null {
  return null;
}
export function blockAddressOwner(_address: string): Vendor | null {
  return null;
}
