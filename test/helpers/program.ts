/**
 * The program under test: the package's launcher, or what EGRESS_BIN names instead, a script or an executable. Every
 * test that runs the built program runs this one, so that all of them can be run against a form that is shipped.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const named = process.env['EGRESS_BIN'];
/** False: the package's launcher. */
export const IS_NAMED = named !== undefined;
const path =
  named === undefined ? fileURLToPath(new URL('../../bin/netdata-egress.js', import.meta.url)) : resolve(named);

/** The program to start, and its first arguments. */
export const [PROGRAM, ...PROGRAM_ARGS]: readonly [string, ...string[]] = /\.c?js$/.test(path)
  ? [process.execPath, path]
  : [path];
