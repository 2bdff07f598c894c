/** The text of docs/grade.md, from the records of a run (fields: CaseRecord in test/netns/harness/run-cases.ts). */

const GRADES = ['right', 'wrong', 'missed', 'false_alarm', 'crashed'];
const TOOLS = ['curl', 'openssl', 'nc'];

const isFault = (r) => r.cause !== null;
const code = (id) => (id === null ? '-' : `\`${id}\``);
const words = (grade) => grade.replace('_', ' ');
const fate = (works) => (works === null ? 'depends' : works ? 'works' : 'fails');

export function summaryOf(records) {
  const counts = GRADES.map((grade) => `${records.filter((r) => r.grade === grade).length} ${words(grade)}`);
  const unusual = records.filter((r) => r.unusual).length;
  return `${records.length} cases, ${records.filter(isFault).length} faults, ${unusual} healthy but unusual: ${counts.join(', ')}.`;
}

export function gradeDocument(records) {
  return [
    '# Grading: true cause against diagnosed cause',
    '',
    'Written by `npm run grade` (as root; a run of the whole lab). Every case is a network built from namespaces with real resolvers,',
    'proxies, brokers and packet filters; the doctor runs in it as the built binary. The truth is what the Agent of the version in the',
    'second column lives through in that network, never what the doctor says of it.',
    '',
    summaryOf(records),
    '',
    '- **right**: the outcome of claim, link and every leg, the exit code, the one cause and every remark that the case asks for are as',
    '  they should be, and the document keeps its schema.',
    '- **wrong**: something was said, but not all of that. **missed**: something is wrong and no cause was named.',
    '- **false alarm**: nothing is wrong and more than a note was raised.',
    '',
    '## Beside other tools',
    '',
    'curl (`-f` to /env, any answer from the other two), `openssl s_client` with verification and `nc -z` are asked for the three hosts in',
    'the same network, as an admin would ask them. A tool is right when it says that all works exactly where claim and link both work.',
    'None of them can tell claim from link, or name a cause.',
    '',
    ...toolTable(records),
    '',
    '## True cause against diagnosed cause',
    '',
    ...matrix(records),
    '',
    ...deviations(records),
    '## Cases',
    '',
    'The cell of a tool is `works`, or `fails` with the host and exit code of what failed first; it is bold where that is not the truth.',
    '',
    '| case | Agent | claim / link | true cause | diagnosed | grade | curl | openssl | nc |',
    '|---|---|---|---|---|---|---|---|---|',
    ...records.map(row),
    '',
    '## What each case is',
    '',
    ...records.map((r) => `- \`${r.id}\`: ${r.title}${r.unusual ? ' (healthy but unusual)' : ''}.`),
    '',
  ].join('\n');
}

/** Cases in which it is certain whether both sides work, and in which the tools saw the same network. */
const comparable = (records) =>
  records.filter((r) => r.others !== null && r.claimWorks !== null && r.linkWorks !== null && r.said !== null);
const works = (r) => r.claimWorks && r.linkWorks;

function toolTable(records) {
  const asked = comparable(records);
  const line = (name, says, causes) => {
    const right = asked.filter((r) => says(r) === works(r)).length;
    const blind = asked.filter((r) => says(r) && !works(r)).length;
    const alarm = asked.filter((r) => !says(r) && works(r)).length;
    return `| ${[name, right, blind, alarm, causes].join(' | ')} |`;
  };
  const faults = asked.filter(isFault);
  const named = faults.filter((r) => r.grade === 'right').length;
  const fine = (outcome) => outcome === 'will_work' || outcome === 'at_risk';
  return [
    `| of ${asked.length} cases | right | "works" where it fails | "fails" where it works | right about each leg and the cause |`,
    '|---|---|---|---|---|',
    line('the doctor', (r) => fine(r.said.claim) && fine(r.said.link), `${named} of ${faults.length} faults`),
    ...TOOLS.map((tool) => line(tool, (r) => r.others[tool] === 'ok', '-')),
  ];
}

function row(r) {
  const cells = [
    `\`${r.id}\``,
    r.version,
    `${fate(r.claimWorks)} / ${fate(r.linkWorks)}`,
    code(r.cause),
    code(r.diagnosed),
    r.grade === 'right' ? 'right' : `**${words(r.grade)}**`,
    ...TOOLS.map((tool) => toolCell(r, tool)),
  ];
  return `| ${cells.join(' | ')} |`;
}

function toolCell(r, tool) {
  if (r.others === null) return '-';
  const said = r.others[tool];
  const text = said === 'ok' ? 'works' : `fails (${said.replace(': ', ' ')})`;
  if (r.claimWorks === null || r.linkWorks === null) return text;
  return (said === 'ok') === works(r) ? text : `**${text}**`;
}

/** One line per true cause: what it was taken for. */
function matrix(records) {
  const lines = ['| true cause | cases | right | diagnosed as |', '|---|---|---|---|'];
  const causes = [...new Set(records.map((r) => r.cause))].sort((a, b) => (String(a) < String(b) ? -1 : 1));
  for (const cause of causes) {
    const cases = records.filter((r) => r.cause === cause);
    const seen = new Map();
    for (const r of cases) seen.set(r.diagnosed, (seen.get(r.diagnosed) ?? 0) + 1);
    const cells = [...seen]
      .sort((a, b) => b[1] - a[1] || (String(a[0]) < String(b[0]) ? -1 : 1))
      .map(([id, n]) => `${id === null ? 'nothing' : code(id)} ${n}`);
    const right = cases.filter((r) => r.grade === 'right').length;
    const name = cause === null ? 'nothing is wrong' : code(cause);
    lines.push(`| ${name} | ${cases.length} | ${right} | ${cells.join(', ')} |`);
  }
  return [
    ...lines,
    '',
    'Where two ids name the same truth equally well, the case accepts both: a diagnosis beside the true cause need not be wrong.',
  ];
}

function deviations(records) {
  const bad = records.filter((r) => r.grade !== 'right');
  if (bad.length === 0) return [];
  return [
    '## What is not right',
    '',
    ...bad.map((r) => {
      const known = r.known === null ? '' : ` Known: ${r.known}`;
      return `- \`${r.id}\` (${words(r.grade)}): ${r.deviations.join('; ')}.${known}`;
    }),
    '',
  ];
}
