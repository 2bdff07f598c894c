/** `rules check <target> [FILE]`: accepted, rejected, or plainly not verified. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { RenderedFile } from '../../model/allow-list.js';
import { UsageError } from '../../model/errors.js';
import { EXIT } from '../../model/report.js';
import { checkFiles, checkSeals, SEAL, type CheckVerdict } from '../../firewall/live/check.js';
import { findTarget } from '../../firewall/registry.js';
import type { RuleTarget } from '../../firewall/core/target.js';
import { readTyped } from '../../host/typed.js';
import { fileErrorText } from '../file-errors.js';
import { parseRequest, type RuleFlags, type RulesRequest } from './options.js';
import { processIo, safe, safeBlock, warnTo, type Io } from './output.js';
import { renderFor } from './render-command.js';

const MAX_BYTES = 16 * 1024 * 1024;

async function readCandidate(path: string): Promise<string> {
  try {
    return (await readTyped(path, MAX_BYTES)).toString('utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${fileErrorText(error)}`);
  }
}

/** Content of a companion, or null when there is none. */
async function readBeside(path: string): Promise<string | null> {
  return existsSync(path) ? readCandidate(path) : null;
}

/**
 * The file takes the place of the rendered one with its name, else of the artefact itself, and so do the files
 * that lie beside it under the names of its companions. Of those that do not, notices, scripts to remove and
 * second forms are left out: they would speak of another rendering.
 */
async function replace(files: readonly RenderedFile[], path: string): Promise<readonly RenderedFile[]> {
  const at = Math.max(
    0,
    files.findIndex((file) => basename(file.name) === basename(path)),
  );
  const own = files[at]?.name ?? '';
  const root = path.endsWith(own) ? path.slice(0, path.length - own.length) : `${dirname(path)}/`;
  const found: RenderedFile[] = [];
  for (const [index, file] of files.entries()) {
    const content = index === at ? await readCandidate(path) : await readBeside(join(root, file.name));
    if (content !== null) found.push({ ...file, content });
    else if (file.role === undefined || file.role === 'rules' || file.role === 'install') found.push(file);
  }
  return found;
}

/** A target with several forms: the name of the file tells which one it is, unless told otherwise. */
function withFormOf(request: RulesRequest, target: RuleTarget, path: string | undefined): RulesRequest {
  const has = target.settings.some((setting) => setting.name === 'form');
  if (path === undefined || !has || Object.hasOwn(request.settings, 'form')) return request;
  const form = path.endsWith('.tf') ? 'terraform' : path.endsWith('.template.yaml') ? 'cloudformation' : '';
  return form === '' ? request : { ...request, settings: { ...request.settings, form } };
}

export async function checkCommand(
  id: string,
  path: string | undefined,
  flags: RuleFlags & { readonly json?: boolean; readonly quiet?: boolean },
  io: Io = processIo,
): Promise<void> {
  const target = findTarget(id);
  const request = withFormOf(parseRequest(flags), target, path);
  // The companions of a given file need no fresh answers: the published addresses will do.
  const asked =
    path !== undefined && request.source.kind === 'live' ? { ...request, source: { kind: 'known' } as const } : request;
  const files = await renderFor(target, asked, warnTo(io));
  const given = path === undefined ? files : await replace(files, path);
  const seal = path === undefined ? null : checkSeals(files, given);
  const verdicts = [...(seal === null ? [] : [seal]), ...(await checkFiles(target, given))];
  const rejected = verdicts.some((verdict) => verdict.outcome === 'rejected');
  const accepted = verdicts.some((verdict) => verdict.outcome === 'accepted');
  if (flags.json === true)
    io.out(`${JSON.stringify({ schema: 'netdata-egress/rule-check', version: 1, target: id, verdicts }, null, 2)}\n`);
  else io.out(verdicts.map((verdict) => describe(id, verdict, flags.quiet !== true)).join(''));
  io.exit(rejected ? EXIT.BLOCKED : accepted ? EXIT.OK : EXIT.UNDECIDED);
}

function describe(id: string, verdict: CheckVerdict, whole: boolean): string {
  if (verdict.judge === SEAL && verdict.outcome === 'accepted') return `${id}: unchanged since it was rendered\n`;
  const by = verdict.version === null ? verdict.judge : `${verdict.judge} (${safe(verdict.version)})`;
  if (verdict.outcome === 'accepted') return `${id}: accepted by ${by}\n`;
  if (verdict.outcome === 'not_verified')
    return `${id}: cannot be verified here with ${verdict.judge}: ${safe(verdict.because ?? '')}\n`;
  return `${id}: rejected by ${by}\n${(whole ? verdict.problems : []).map((problem) => safeBlock(problem, '  ')).join('')}`;
}
