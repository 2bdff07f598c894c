/** Files for a program that reads them by their names: in a directory of ours alone, gone afterwards. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

interface ScratchFile {
  /** Relative; may name directories. */
  readonly name: string;
  readonly content: string;
  readonly mode: number;
}

/** `work` gets the directory. Throws the file system's errors. */
export async function withScratch<T>(
  purpose: string,
  files: readonly ScratchFile[],
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), `netdata-egress-${purpose}-`));
  try {
    for (const { name, content, mode } of files) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), content, { mode, flag: 'wx' });
    }
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
