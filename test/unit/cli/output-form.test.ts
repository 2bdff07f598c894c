import { describe, expect, it } from 'vitest';
import { formOfFile } from '../../../src/cli/output-form.js';
import { formats } from '../../../src/report/registry.js';

describe('the form that a file name asks for', () => {
  it.each([
    ['run.json', 'json'],
    ['/tmp/a.b/RUN.HTML', 'html'],
    ['run.htm', 'html'],
    ['run.md', 'markdown'],
    ['run.markdown', 'markdown'],
    ['run.xml', 'junit'],
    ['run.junit.xml', 'junit'],
    ['run.sarif', 'sarif'],
    ['netdata.prom', 'prometheus'],
    ['run.jsonl', 'jsonl'],
    ['run.ndjson', 'ndjson'],
    ['run.txt', 'text'],
    ['run.nagios.txt', 'nagios'],
    ['run', null],
    ['run.docx', null],
    ['json', null],
    ['.json/run', null],
    [undefined, null],
  ])('%s: %s', (file, form) => {
    expect(formOfFile(file)).toBe(form);
  });

  it('knows the names that --output-dir gives', () => {
    for (const { id, extension } of Object.values(formats)) expect(formOfFile(`netdata-egress.${extension}`)).toBe(id);
  });
});
