/**
 * A page of ours for a terminal: headings, paragraphs, lists, code and links are what our pages are made of, and all
 * that is read here.
 */
import type { RenderOptions } from '../../report/registry.js';
import { toAscii } from '../../report/escape.js';
import { wrap } from '../../report/width.js';

/** Set off from what is around it, and never wrapped: a command must be pasted as it stands. */
const INDENT = '    ';

/** Ends with a line feed. */
export function renderPage(markdown: string, { paint, width, unicode }: RenderOptions): string {
  const lines = unicode ? markdown.split('\n') : toAscii(markdown).split('\n');
  const out: string[] = [];
  let inCode = false;
  for (const line of lines) {
    if (line.startsWith('```')) inCode = !inCode;
    else if (inCode) out.push(`${INDENT}${paint.cyan(line)}`);
    else out.push(...prose(line, width, paint));
  }
  const text = out.join('\n').replace(/\n{3,}/g, '\n\n');
  return `${text.trimEnd()}\n`;
}

function prose(line: string, width: number, paint: RenderOptions['paint']): readonly string[] {
  const heading = /^(#+) (.*)$/.exec(line);
  if (heading !== null) return wrap(headingOf(heading[1] ?? '', bare(heading[2] ?? '')), width).map(paint.bold);
  const item = /^(\s*)(?:[-*]|\d+\.) (.*)$/.exec(line);
  if (item === null) return wrap(bare(line), width);
  const indent = `${item[1] ?? ''}  `;
  return wrap(bare(item[2] ?? ''), width - indent.length - 2).map(
    (part, index) => `${indent}${index === 0 ? '- ' : '  '}${part}`,
  );
}

/** Told apart without colour too: the parts of a page in capitals, what is below them with a colon. */
function headingOf(level: string, text: string): string {
  if (level === '##') return text.toUpperCase();
  return level === '#' ? text : `${text}:`;
}

/** A link to another page is its name, which `explain` takes; one to elsewhere keeps its address. */
function bare(text: string): string {
  return text
    .replace(/\[`?([^\]`]+)`?\]\((\S+?)\)/g, (_all, name: string, to: string) =>
      /^https?:/.test(to) && to !== name ? `${name} (${to})` : name,
    )
    .replace(/`([^`]+)`/g, '$1')
    .replace(/\*\*([^*]+)\*\*/g, '$1');
}
