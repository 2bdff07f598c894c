/** A value with where it came from. */
import type { Source } from '../model/agent.js';
import { iniBoolean, lookup } from './ini.js';
import type { ConfigFile } from './installation.js';

export interface Setting {
  /** As the Agent holds it: trimmed by the ini parser, verbatim from variables and raw files. May be secret. */
  readonly value: string;
  readonly source: Source;
}

export interface SwitchSetting {
  readonly on: boolean;
  /** The text that was read as a switch; null for a default. */
  readonly raw: string | null;
  readonly source: Source;
}

export const builtIn = (name: string): Source => ({ kind: 'default', name, line: null });
export const optionSource = (name: string): Source => ({ kind: 'option', name, line: null });

/** The last entry of a key in a file. */
export function fromFile(file: ConfigFile, section: string, key: string): Setting | null {
  const entry = lookup(file.ini, section, key);
  return entry === null ? null : { value: entry.value, source: { kind: 'file', name: file.path, line: entry.line } };
}

export function switchFrom(setting: Setting | null, fallback: Source): SwitchSetting {
  if (setting === null) return { on: false, raw: null, source: fallback };
  return { on: iniBoolean(setting.value), raw: setting.value, source: setting.source };
}
