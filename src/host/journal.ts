/**
 * Lines that are only ever added, durable one by one and bounded: at its size the file takes the place of the one before
 * and a new one begins. Whatever moment a process or the machine dies, all whole lines are there. Synchronous.
 */
import { renameSync } from 'node:fs';
import { appendLine, inDirectory, makeDirectories, readOwnIn } from './own-files.js';
import type { Place } from './walk.js';
import { syncDirectory } from './write.js';

export interface Journal {
  /** Everything that is kept, older file first; empty where there is nothing. Throws the file system's errors. */
  read(): { readonly older: string; readonly newer: string };
  /** Throws the file system's errors; then nothing was added. */
  append(line: string): void;
  /** Moves one of the two out of the way under its name and `.damaged`, in the place of an earlier one. Throws. */
  setAside(which: 'older' | 'newer'): void;
}

/** `directory` is made if need be, for its owner alone. Two files of at most `maxBytes` each. */
export function openJournal(directory: string, name: string, maxBytes: number): Journal {
  const inside = <T>(work: (place: Place) => T): T => {
    makeDirectories(directory, 0o700);
    return inDirectory(directory, work);
  };
  const files = { older: `${name}.1`, newer: name };
  const move = (place: Place, from: string, to: string): void => {
    renameSync(`${place.path}/${from}`, `${place.path}/${to}`);
    syncDirectory(place);
  };
  const text = (place: Place, file: string): string => readOwnIn(place, file, maxBytes)?.bytes.toString('utf8') ?? '';
  return {
    read: () => inside((place) => ({ older: text(place, files.older), newer: text(place, files.newer) })),
    append: (line) =>
      inside((place) => {
        const bytes = Buffer.from(`${line}\n`);
        if (appendLine(place, files.newer, bytes, maxBytes)) return;
        move(place, files.newer, files.older);
        appendLine(place, files.newer, bytes, maxBytes);
      }),
    setAside: (which) => inside((place) => move(place, files[which], `${files[which]}.damaged`)),
  };
}
