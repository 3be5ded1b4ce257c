/** What goes wrong most in a language, by its name in lower case. */
const NOTES: Readonly<Record<string, string>> = {
  typescript:
    '`any`, casts and `!` that hide a wrong type; promises nobody awaits; unchecked index access; errors caught as if they were `Error`; `==`; input from outside that no schema checks.',
  javascript:
    'promises nobody awaits; `==`; prototype pollution through keys from outside; `this` lost in callbacks; numbers read from text without a check; `innerHTML` and `eval`.',
  python:
    'mutable default arguments; bare `except`; late binding in closures; files and connections without `with`; `subprocess` with `shell=True`; `pickle` and `yaml.load` on foreign data; blocking calls in async code.',
  go: 'errors that are dropped; goroutines that never end; writes to shared maps; `defer` in loops; contexts not passed on; nil interfaces that are not nil.',
  java: 'resources without try-with-resources; `equals` without `hashCode`; swallowed exceptions; shared state without a lock; `Optional.get` unchecked; SQL put together from text.',
  kotlin: '`!!`; platform types from Java; coroutines without a scope; swallowed `CancellationException`.',
  rust: '`unwrap` and `expect` on input; `unsafe` without a reason that holds; locks held across `await`; arithmetic that can overflow; needless clones in hot paths.',
  csharp:
    '`async void`; undisposed `IDisposable`; `Task.Result` and `.Wait()`; LINQ that runs twice; culture-dependent parsing.',
  php: 'loose comparison; SQL and HTML put together from text; `unserialize` on foreign data; missing output escaping.',
  ruby: '`send` and `constantize` with input; N+1 queries; rescue of `Exception`; mass assignment.',
  swift: 'forced unwrapping; reference cycles in closures; work on the main thread.',
  c: 'lengths that are not checked; use after free; integer overflow in sizes; format strings from outside; missing checks of return values.',
  'c++':
    'dangling references and iterators; raw ownership; missing virtual destructors; undefined behaviour in signed arithmetic; data races.',
  sql: 'statements put together from text; missing indexes on joined columns; implicit conversions; transactions that are too wide or missing; `SELECT *` in code.',
  shell:
    'unquoted variables; `set -e` that does not hold in pipes; `rm` with variables; temporary files with guessable names.',
};

const ALIASES: Readonly<Record<string, string>> = {
  ts: 'typescript',
  js: 'javascript',
  node: 'javascript',
  py: 'python',
  golang: 'go',
  rs: 'rust',
  'c#': 'csharp',
  cs: 'csharp',
  rb: 'ruby',
  kt: 'kotlin',
  cpp: 'c++',
  bash: 'shell',
  sh: 'shell',
};

/** A section that names the project's languages and what to look for in those that are known; empty for none. */
export function languageSection(languages: readonly string[] | undefined): string {
  if (languages === undefined || languages.length === 0) return '';
  const notes = languages.flatMap((language) => {
    const name = language.toLowerCase();
    const note = NOTES[ALIASES[name] ?? name];
    return note === undefined ? [] : [`- ${language}: ${note}`];
  });
  const known = notes.length === 0 ? '' : `\nWhat goes wrong most in them:\n${[...new Set(notes)].join('\n')}`;
  return `# Languages\nThe project is written in ${languages.join(', ')}.${known}`;
}
