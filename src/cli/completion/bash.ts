/** For bash 4 and newer, without the package bash-completion. */
import { steps, takesFiles, valued, wordsOf } from './script.js';
import { every, type CommandNode, type Value } from './tree.js';

const quoted = (words: readonly string[]): string => `'${words.join(' ')}'`;

function action(value: Value): string {
  if (value.kind === 'words') return `words ${quoted(value.words)}`;
  return { file: 'files -f', directory: 'files -d', user: 'mapfile -t COMPREPLY < <(compgen -u -- "$cur")', any: ':' }[
    value.kind
  ];
}

export function bashScript(root: CommandNode): string {
  const nodes = [...every(root)];
  const values = nodes.flatMap((node) =>
    valued(node).map(({ names, value }) => {
      const patterns = names.map((name) => `'${node.path.join(' ')}:${name}'`).join(' | ');
      return `    ${patterns}) ${action(value)}; return ;;`;
    }),
  );
  const places = nodes.map((node) => {
    const options = node.options.flatMap(({ names }) => names);
    return [
      `    '${node.path.join(' ')}')`,
      `      if [[ $cur == -* ]]; then words ${quoted(options)}; return; fi`,
      `      words ${quoted(wordsOf(node))}`,
      ...(takesFiles(node) ? ['      [[ ${#COMPREPLY[@]} -gt 0 ]] || files -f'] : []),
      '      ;;',
    ].join('\n');
  });
  const skips = nodes.flatMap((node) =>
    valued(node).flatMap(({ names }) => names.map((name) => `'${node.path.join(' ')}:${name}'`)),
  );
  return `# bash completion of netdata-egress; made by: netdata-egress completion bash
_netdata_egress() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev='' path='' word='' skip='' at
  words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }
  files() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen "$1" -- "$cur"); }
  COMPREPLY=()
  # An equals sign is a word of its own here: --format=json are three.
  [[ $cur == = ]] && cur=''
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    [[ $word == = ]] && continue
    prev=$word
    if [[ -n $skip ]]; then skip=''; prev=''; continue; fi
    case "$path:$word" in
${steps(root)
  .map(([step, path]) => `      '${step}') path='${path}' ;;`)
  .join('\n')}
      ${skips.join(' | ')}) skip=1 ;;
    esac
  done
  case "$path:$prev" in
${values.join('\n')}
  esac
  case "$path" in
${places.join('\n')}
  esac
}
complete -F _netdata_egress netdata-egress
`;
}
