/** Loads the lazily imported clients now: after a change of user their files may be out of reach. */
export async function preload(): Promise<void> {
  await Promise.all([import('undici'), import('ws')]);
}
