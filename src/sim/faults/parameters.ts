/** Readers of fault parameters: each gives a usable value or a sentence that says what is wrong. */
import { isIP } from 'node:net';
import { UsageError } from '../../model/errors.js';

export function numberParameter(fault: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < min || value > max) {
    throw new UsageError(`fault ${fault}: '${text}' is not a number from ${min} to ${max}`);
  }
  return value;
}

/** Seconds, fractions allowed, to ms. */
export function secondsParameter(fault: string, text: string): number {
  return Math.round(numberParameter(fault, text, 0, 86_400) * 1000);
}

export function choiceParameter<T extends string>(fault: string, text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw new UsageError(`fault ${fault}: '${text}' is none of ${choices.join(', ')}`);
  return found;
}

export function addressParameter(fault: string, text: string): string {
  if (isIP(text) === 0) throw new UsageError(`fault ${fault}: '${text}' is not an IP address`);
  return text;
}
