import { parseAllDocuments } from 'yaml';

/** All documents; throws SyntaxError for what is no YAML 1.2, for warnings and for repeated keys. */
export function readYaml(content: string): readonly unknown[] {
  const documents = parseAllDocuments(content, { strict: true, uniqueKeys: true });
  if ('empty' in documents) throw new SyntaxError('holds nothing');
  return documents.map((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw new SyntaxError(problem.message.split('\n')[0]);
    return document.toJS() as unknown;
  });
}
