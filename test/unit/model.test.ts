import { describe, expect, it } from 'vitest';
import { inspect } from 'node:util';
import { Secret } from '../../src/model/secret.js';

describe('Secret', () => {
  it('shows itself nowhere but in reveal()', () => {
    const secret = new Secret('p@ss:word%');
    const texts = [
      String(secret),
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ secret }, { showHidden: true, depth: 5 }),
    ];
    for (const text of texts) expect(text).not.toContain('p@ss');
    expect(secret.reveal()).toBe('p@ss:word%');
  });
});
