// The options of the programs here. What is wrong with them is said in a line, with the options there are.
import { parseArgs } from 'node:util';

/**
 * @param options - as `parseArgs` takes them
 * @param lists - by option, the names it takes, separated by commas; the other options take numbers above 0, but for `texts`
 * @param texts - options that take any text
 */
export function readOptions(options, { lists = {}, texts = [] } = {}) {
  const values = parsed(options);
  for (const [name, value] of Object.entries(values)) {
    if (texts.includes(name)) continue;
    const unknown = lists[name] && value.split(',').find((one) => !lists[name].includes(one));
    if (unknown !== undefined) refuse(options, `--${name} takes ${lists[name].join(', ')}, and not "${unknown}".`);
    if (!(name in lists) && !(Number(value) > 0))
      refuse(options, `--${name} takes a number above 0, and not "${value}".`);
  }
  return values;
}

function parsed(options) {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return refuse(options, error.message);
  }
}

function refuse(options, problem) {
  const known = Object.entries(options).map(([name, { default: usual }]) =>
    usual === undefined ? `[--${name} …]` : `[--${name} ${usual}]`,
  );
  console.error(`${problem}\nOptions: ${known.join(' ')}`);
  process.exit(2);
}
