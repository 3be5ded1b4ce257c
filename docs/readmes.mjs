// How the READMEs begin: who comes for the first time finds what it is, how to install it and a program that runs
// without turning a page.

/** Lines in which the README of a package says all that. */
const FIRST = 40;
const TABLE_OF_PACKAGES = /\]\((?:packages|plugins)\/[^)]+\)/g;

/** What is wrong with the README of the repository or of a package; nothing for other pages. */
export function readmeProblems({ path, text }) {
  const wrong =
    path === 'README.md' ? rootProblems(text) : /^(packages|plugins)\//.test(path) ? packageProblems(text) : [];
  return path.endsWith('README.md') ? wrong.map((problem) => `${path}: ${problem}`) : [];
}

function rootProblems(text) {
  const lines = text.trimEnd().split('\n');
  const [program = ''] = /(?<=^```ts\n).*?(?=^```$)/ms.exec(text) ?? [];
  const length = program.split('\n').filter((line) => line.trim() !== '').length;
  const sentences = (lines[2]?.match(/[.!?](?= |$)/g) ?? []).length;
  const badges = (text.match(/!\[[^\]]*\]\(https?:/g) ?? []).length;
  const install = lines.findIndex((line) => line.startsWith('npm install')) + 1;
  return [
    ...(lines.length > 150 ? [`${lines.length} lines, at most 150`] : []),
    ...(sentences < 1 || sentences > 2
      ? [`says what it is in ${sentences} sentences, at most 2, in its third line`]
      : []),
    ...(install < 1 || install > 30 ? ['does not say how to install it by line 30'] : []),
    ...(length < 1 || length > 15 ? [`the first program has ${length} lines, at most 15`] : []),
    ...(badges > 4 ? [`${badges} badges, at most 4`] : []),
    ...((text.match(TABLE_OF_PACKAGES) ?? []).length < 15 ? ['has no table of the packages'] : []),
  ];
}

function packageProblems(text) {
  const first = text.split('\n').slice(0, FIRST).join('\n');
  const [title, , sentence = ''] = first.split('\n');
  return [
    ...(title.startsWith('# @master-orchestrator/') ? [] : ['does not begin with the name of the package']),
    ...(/^[A-Z].*\.$/.test(paragraphFrom(text, sentence)) ? [] : ['does not say in one sentence what it is']),
    ...(/^npm (install|create) /m.test(first) ? [] : [`does not say how to install it in ${FIRST} lines`]),
    ...(programIn(first) ? [] : [`shows no program, or command, in ${FIRST} lines`]),
    ...(/what it adds|what you get/i.test(first) ? [] : [`does not say what it adds in ${FIRST} lines`]),
  ];
}

/** A program, or commands beyond the installation. */
function programIn(text) {
  const fences = [...text.matchAll(/^```(?:ts|sh)\n(.*?)^```$/gms)].map(([, code]) => code);
  return fences.some((code) =>
    code
      .trimEnd()
      .split('\n')
      .some((line) => !/^npm install |^#/.test(line)),
  );
}

/** The paragraph that begins with a line, in one line. */
function paragraphFrom(text, line) {
  return text.slice(text.indexOf(line)).split('\n\n')[0].replaceAll('\n', ' ');
}
