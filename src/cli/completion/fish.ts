/** For fish 3 and newer. */
import { brief, steps, takesFiles } from './script.js';
import { every, type CommandNode, type Value } from './tree.js';

function argument(value: Value): string {
  if (value.kind === 'words') return ` -x -a '${value.words.join(' ')}'`;
  return {
    file: ' -r -F',
    directory: " -x -a '(__fish_complete_directories)'",
    user: " -x -a '(__fish_complete_users)'",
    any: ' -x',
  }[value.kind];
}

export function fishScript(root: CommandNode): string {
  const lines: string[] = [];
  for (const node of every(root)) {
    const at = `complete -c netdata-egress -n "__netdata_egress_at '${node.path.join(' ')}'"`;
    for (const child of node.children)
      lines.push(`${at} -a '${child.path.at(-1) ?? ''}' -d '${brief(child.description)}'`);
    for (const value of node.values) if (value.kind === 'words') lines.push(`${at} -a '${value.words.join(' ')}'`);
    if (takesFiles(node)) lines.push(`${at} -F`);
    for (const { names, description, value } of node.options) {
      const spelt = names.map((name) => (name.startsWith('--') ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`));
      lines.push(`${at}${spelt.join('')}${value === null ? '' : argument(value)} -d '${brief(description)}'`);
    }
  }
  return `# fish completion of netdata-egress; made by: netdata-egress completion fish
function __netdata_egress_at
    set -l path ''
    for word in (commandline -opc)[2..-1]
        switch "$path:$word"
${steps(root)
  .map(([step, path]) => `            case '${step}'\n                set path '${path}'`)
  .join('\n')}
        end
    end
    test "$path" = "$argv[1]"
end
complete -c netdata-egress -f
${lines.join('\n')}
`;
}
