/** What was removed, in one line for the screen. */
export function removedText(removed: Readonly<Record<string, number>>): string {
  const parts = Object.entries(removed).map(([kind, n]) => `${n} × ${kind.replaceAll('_', ' ')}`);
  return parts.length === 0 ? 'found nothing to remove' : `removed ${parts.join(', ')}`;
}
