import MarkdownIt from 'markdown-it';
import { callTool, testToolContext } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { reportingToolsPlugin } from '../src/index.js';
import { folderInMemory } from './folder-in-memory.js';

interface Result {
  title: string;
  summary: string;
  formats: {
    markdown?: string;
    html?: string;
    json?: { title: string; sections: { heading: string; blocks: object[] }[] };
  };
  files?: { path: string; mediaType: string; bytes: number }[];
}

/** As `calculate_metrics` answers for [3, 1, 4, 1, 5, 9, 2, 6]. */
const METRICS = {
  columns: [
    {
      name: 'values',
      count: 8,
      missing: 0,
      sum: 31,
      mean: 3.875,
      median: 3.5,
      modes: [1],
      modeFrequency: 2,
      min: 1,
      max: 9,
      range: 8,
      sampleVariance: 7.553571428571429,
      populationVariance: 6.609375,
      sampleStandardDeviation: 2.748376143938713,
      populationStandardDeviation: 2.5708704751503917,
      quartiles: { q1: 1.75, q2: 3.5, q3: 5.25 },
      interquartileRange: 3.5,
      percentiles: [{ percent: 5, value: 1 }],
      skewness: null,
      outliers: { lowerFence: -3.5, upperFence: 10.5, count: 0, values: [] },
      histogram: {
        rule: 'sturges',
        binWidth: 4,
        bins: [
          { from: 1, to: 5, count: 5 },
          { from: 5, to: 9, count: 3 },
        ],
      },
      notes: [],
    },
  ],
  ignoredColumns: [],
  notes: [],
};
const DATA = [3, 1, 4, 1, 5, 9, 2, 6];
const ALL = ['markdown', 'html', 'json'];
const plugin = reportingToolsPlugin();
const report = (args: object): Promise<Result> => callTool<Result>(plugin, 'generate_report', args);
const htmlOf = async (args: object): Promise<string> => (await report({ format: 'html', ...args })).formats.html ?? '';
const markdownOf = async (args: object): Promise<string> =>
  (await report({ format: 'markdown', ...args })).formats.markdown ?? '';

describe('generate_report of metrics and data', { timeout: 60_000 }, () => {
  it('names mean, median, both standard deviations and quartiles in every format', async () => {
    const { formats } = await report({ title: 'Numbers', metrics: METRICS, data: DATA, format: ALL });
    for (const text of [formats.markdown, formats.html, JSON.stringify(formats.json)]) {
      for (const words of [
        'Mean',
        'Median',
        'Standard deviation (sample)',
        'Standard deviation (population)',
        'quartile (Q1)',
      ]) {
        expect(text).toContain(words);
      }
      for (const digits of ['3.875', '3.5', '2.748', '2.570', '1.75', '5.25']) expect(text).toContain(digits);
    }
  });

  it('draws the data, its distribution and its spread', async () => {
    const html = await htmlOf({ title: 'Numbers', metrics: METRICS, data: DATA });
    expect(html.match(/<svg /g)).toHaveLength(3);
    expect(html).toContain('Values in order');
    expect(html).toContain('Distribution of values');
    expect(html).toContain('Spread of values');
    const markdown = await markdownOf({ title: 'Numbers', metrics: METRICS, data: DATA });
    expect(markdown).toContain('▃▁▄▁▅█▂▆');
    expect(markdown).toContain('1 to 5 │████████████████████████████████████████ 5');
  });

  it('sums up in words', async () => {
    const { summary } = await report({ title: 'Numbers', metrics: METRICS, data: DATA });
    expect(summary).toBe(
      'Report "Numbers": 2 sections, 1 table, 3 charts. 8 values, from 1 to 9, mean 3.875, median 3.5, standard ' +
        'deviation 2.74838 (sample) and 2.57087 (population), quartiles 1.75 and 5.25.',
    );
  });

  it('calculates the key figures where only data is given', async () => {
    const markdown = await markdownOf({ title: 'Numbers', data: DATA });
    expect(markdown).toContain('| Mean | 3.875 |');
    expect(markdown).toContain('| Standard deviation (sample) | 2.74838 |');
    expect(markdown).toContain('| First quartile (Q1) | 1.75 |');
  });

  it.each([
    ['a plain object', { mean: 3, netIncome: 12.5 }],
    ['objects by column', { price: { mean: 3, netIncome: 12.5 } }],
    ['JSON text', '{"mean": 3, "netIncome": 12.5}'],
    ['a list of columns', [{ name: 'price', mean: 3, netIncome: 12.5 }]],
  ])('shows metrics given as %s', async (_, metrics) => {
    const markdown = await markdownOf({ title: 'Prices', metrics });
    expect(markdown).toContain('| Mean | 3 |');
    expect(markdown).toContain('| Net Income | 12.5 |');
  });

  it('shows correlation, regression and a scatter chart of two columns', async () => {
    const metrics = {
      columns: [
        { name: 'x', mean: 2 },
        { name: 'y', mean: 4 },
      ],
      correlation: { columns: ['x', 'y'], matrix: [[1, 0.99], [0.99, null]] }, // prettier-ignore
      regressions: [
        { x: 'x', y: 'y', count: 3, slope: 2.5, intercept: 1, rSquared: 0.98, residualStandardError: null },
      ],
    };
    const html = await htmlOf({ title: 'Pair', metrics, data: { x: [1, 2, 3], y: [3, 6, 9] } });
    expect(html).toContain('Correlation (Pearson)');
    expect(html).toContain('<td class="number">0.99</td>');
    expect(html).toContain('Fitted line: y = 1 + 2.5 × x.');
  });

  it('shows the first rows of data that comes as rows, and labels its bars', async () => {
    const data = [
      { city: 'Rome', people: 2.8 },
      { city: 'Oslo', people: 0.7 },
    ];
    const markdown = await markdownOf({ title: 'Cities', data });
    expect(markdown).toContain('| Rome | 2.8 |');
    expect(markdown).toContain('Rome │████████████████████████████████████████ 2.8');
  });

  it('draws every peak of a long line', async () => {
    const data = Array.from({ length: 50_000 }, (_, index) => (index === 31_234 ? 99 : index % 7));
    const { formats } = await report({ title: 'Long', data });
    expect(formats.html).toContain('50000 positions are drawn');
    expect(formats.html).toMatch(/<td class="number">99<\/td>/);
  });

  it('refuses a report of nothing and says what to give', async () => {
    await expect(report({ title: 'Empty' })).rejects.toMatchObject({
      code: 'TOOL_ARGUMENTS_INVALID',
      category: 'VALIDATION_ERROR',
      message: expect.stringContaining('give metrics') as string,
    });
    await expect(report({ title: 'Words', data: ['a', 'b'] })).rejects.toThrow(
      'Neither data nor metrics hold a number',
    );
  });
});

describe('generate_report of own sections', () => {
  it('keeps their order, text and tables', async () => {
    const markdown = await markdownOf({
      title: 'T',
      summary: 'All is *well*.',
      sections: [
        { heading: 'First', text: 'Some **bold** text.' },
        { heading: 'Second', table: { caption: 'C', columns: ['a', 'b'], rows: [[1, 'x|y'], { b: '<z>' }] } },
        { heading: 'Third', metrics: { total: 7 } },
      ],
    });
    expect(markdown).toBe(
      [
        '# T',
        'All is *well*.',
        '## First',
        'Some **bold** text.',
        '## Second',
        '**C**',
        '| a | b |\n| ---: | --- |\n| 1 | x\\|y |\n| – | \\<z\\> |',
        '## Third',
        '| Figure | Value |\n| --- | ---: |\n| Total | 7 |',
        '',
      ]
        .join('\n\n')
        .replace(/\n\n$/, '\n'),
    );
  });

  it.each(['bar', 'line', 'scatter', 'histogram', 'box'])(
    'draws a %s chart with title, description and table',
    async (type) => {
      const chart = { type, title: 'My chart', values: [1, 2, 3, 10], labels: ['a', 'b', 'c', 'd'] };
      const html = await htmlOf({ title: 'T', sections: [{ heading: 'S', chart }] });
      expect(html).toMatch(
        /<svg class="chart" viewBox="0 0 720 \d+" role="img" aria-labelledby="chart-1-title chart-1-desc"/,
      );
      expect(html).toMatch(/<title id="chart-1-title">My chart<\/title><desc id="chart-1-desc">[A-Z]/);
      expect(html).toContain('<summary>Data of this chart</summary>');
      expect(html).not.toContain('NaN');
    },
  );

  it('draws several series with a legend and leaves gaps where values are missing', async () => {
    const series = [
      { name: 'north', values: [1, null, 3] },
      { name: 'south', values: [2, 2, -2] },
    ];
    for (const type of ['bar', 'line']) {
      const html = await htmlOf({ title: 'T', sections: [{ heading: 'S', chart: { type, series } }] });
      expect(html).toContain('>north</text>');
      expect(html).toContain('>south</text>');
      expect(html).not.toContain('NaN');
    }
  });

  it('survives equal values, a single value and values too far apart for floats', async () => {
    const far = { title: 'T', data: [-1.7e308, 1.7e308] };
    expect(await htmlOf(far)).not.toMatch(/NaN|Infinity/);
    for (const values of [
      [5, 5, 5],
      [0],
      [5e-324, 0],
      [-1e-323],
      [1e-310, 2e-310],
      [1e16, 1e16 + 2],
      [1e308, 1.1e308],
    ]) {
      for (const type of ['bar', 'line', 'scatter', 'histogram', 'box']) {
        const html = await htmlOf({ title: 'T', sections: [{ heading: 'S', chart: { type, values } }] });
        expect(html).not.toMatch(/NaN|Infinity/);
      }
    }
  });

  it('refuses a chart without numbers and names its section', async () => {
    const sections = [{ heading: 'Sales', chart: { type: 'bar' } }];
    await expect(report({ title: 'T', sections })).rejects.toThrow(
      'bar chart of section "Sales" has no numbers that can be drawn',
    );
  });
});

describe('the HTML page', () => {
  const HOSTILE = `</title><script>alert(1)</script><img src=x onerror=alert(1)>"'&`;
  it('lets nothing through that runs or loads', async () => {
    const html = await htmlOf({
      title: HOSTILE,
      summary: HOSTILE,
      metrics: { [HOSTILE]: 1, columns: [{ name: HOSTILE, [HOSTILE]: HOSTILE, mean: 1 }] },
      data: { [HOSTILE]: [1, 2, 3], [`b${HOSTILE}`]: [1, 2, 4] },
      sections: [
        {
          heading: HOSTILE,
          text: `${HOSTILE}\n\n[a](javascript:alert(1)) ![b](https://example.com/x.png) <svg onload=alert(1)>`,
          table: { caption: HOSTILE, columns: [HOSTILE], rows: [[HOSTILE]] },
          chart: { type: 'bar', title: HOSTILE, labels: [HOSTILE], values: [1], xLabel: HOSTILE, yLabel: HOSTILE },
        },
      ],
    });
    expect(tagsOf(html)).not.toEqual(expect.arrayContaining(['script']));
    expect(tagsOf(html)).not.toEqual(expect.arrayContaining(['img']));
    expect(html).not.toMatch(/<[^>]+\son\w+=/i);
    expect(html).not.toMatch(/<[^>]+(href|src)="(?!https:)/i);
    expect(html).not.toMatch(/<[^>]+\sstyle=/i);
  });

  it('forbids scripts and requests by its own policy', async () => {
    const html = await htmlOf({ title: 'T', summary: 's' });
    expect(html).toMatch(
      /<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'; base-uri 'none'; form-action 'none'">/,
    );
  });

  it('closes every element it opens', async () => {
    const html = await htmlOf({ title: 'T', metrics: METRICS, data: DATA });
    const open: string[] = [];
    for (const [, slash, name = '', self] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*?(\/?)>/g)) {
      if (slash !== '/' && self !== '/' && name !== 'meta') open.push(name);
      else if (slash === '/' && open.pop() !== name) open.push(`wrong end of ${name}`);
    }
    expect(open).toEqual([]);
  });
});

describe('the Markdown text', () => {
  it.each([
    'plain <b>html</b> here',
    '<script>alert(1)</script>',
    '![track](https://example.com/x.png) and [bad](javascript:alert(1))',
    '[a]: javascript:alert(1)\n\n[a]',
    '<div>\n```\n<script>\n```\n</div>',
    '`unclosed <img src=x>',
    '| `a | <b> |\n| --- | --- |\n| ` | <i> |',
    '<javascript:alert(1)>',
    '> <!-- x -->\n- <?php ?>',
    '[x](<javascript:alert(1)>)',
    '[x](  data:text/html,<script>)',
  ])('makes %j harmless for the most permissive renderer', async (text) => {
    const markdown = await markdownOf({ title: 'T', sections: [{ heading: 'S', text }] });
    const renderer = new MarkdownIt({ html: true });
    renderer.validateLink = () => true;
    const html = renderer.render(markdown);
    expect(
      tagsOf(html).filter((tag) => !/^(h1|h2|p|pre|code|ul|li|blockquote|table|thead|tbody|tr|th|td|a)$/.test(tag)),
    ).toEqual([]);
    expect(html).not.toMatch(/href="(javascript|data):/i);
  });

  it('leaves harmless Markdown as it is', async () => {
    const text =
      'Use `List<String>`, see [docs](https://example.com).\n\n- one\n- two\n\n```ts\nconst a: Array<string> = [];\n```';
    expect(await markdownOf({ title: 'T', sections: [{ heading: 'S', text }] })).toContain(text);
  });

  it('keeps titles and headings on one line', async () => {
    expect(await markdownOf({ title: 'a\n# b', sections: [{ heading: '*x*\n\n- y' }] })).toBe(
      '# a \\# b\n\n## \\*x\\* - y\n',
    );
  });
});

describe('files', () => {
  it('writes each format once, named after title and content', async () => {
    const folder = folderInMemory();
    const writing = reportingToolsPlugin({ outputDir: 'out' });
    const args = { title: 'Überblick: März / Q1', metrics: METRICS, data: DATA, format: ALL };
    const first = await callTool<Result>(writing, 'generate_report', args, testToolContext({ files: folder.files }));
    const again = await callTool<Result>(writing, 'generate_report', args, testToolContext({ files: folder.files }));
    expect(first.files?.map(({ path, mediaType }) => [path.replace(/-[0-9a-f]{10}\./, '.'), mediaType])).toEqual([
      ['uberblick-marz-q1.md', 'text/markdown'],
      ['uberblick-marz-q1.html', 'text/html'],
      ['uberblick-marz-q1.json', 'application/json'],
    ]);
    expect(again).toEqual(first);
    expect(folder.roots).toEqual(['out', 'out']);
    expect([...folder.contents.values()]).toEqual([
      first.formats.markdown,
      first.formats.html,
      `${JSON.stringify(first.formats.json, undefined, 2)}\n`,
    ]);
  });

  it('tells of each file as it is written', async () => {
    const told: unknown[] = [];
    const context = testToolContext({ files: folderInMemory().files, progress: (update) => told.push(update) });
    const writing = reportingToolsPlugin({ outputDir: 'out', formats: ['html'] });
    const { files } = await callTool<Result>(writing, 'generate_report', { title: 'T', data: DATA }, context);
    expect(told).toEqual(files?.map(({ path, mediaType, bytes }) => ({ file: path, mediaType, bytes })));
  });

  it('gives another report of the same title another name', async () => {
    const folder = folderInMemory();
    const writing = reportingToolsPlugin({ outputDir: 'out', formats: ['json'] });
    for (const data of [
      [1, 2],
      [1, 3],
    ]) {
      await callTool(writing, 'generate_report', { title: '///', data }, testToolContext({ files: folder.files }));
    }
    expect([...folder.contents.keys()].map((name) => name.replace(/[0-9a-f]{10}/, 'HASH'))).toEqual([
      'report-HASH.json',
      'report-HASH.json',
    ]);
  });

  it('is pure and public without a folder, idempotent and restricted with one', () => {
    const [pure] = plugin.contributes.tools ?? [];
    const [writing] = reportingToolsPlugin({ outputDir: 'out' }).contributes.tools ?? [];
    expect([pure?.effect, pure?.accessLevel, plugin.permissions]).toEqual(['pure', 'public', []]);
    expect([writing?.effect, writing?.accessLevel]).toEqual(['idempotent', 'restricted']);
  });

  it('writes nothing after the call was cancelled', async () => {
    const folder = folderInMemory();
    const context = testToolContext({ files: folder.files, signal: AbortSignal.abort(new Error('stop')) });
    const writing = reportingToolsPlugin({ outputDir: 'out' });
    await expect(callTool(writing, 'generate_report', { title: 'T', data: DATA }, context)).rejects.toThrow('stop');
    expect(folder.contents.size).toBe(0);
  });
});

describe('limits', () => {
  it('refuses a report beyond maxBytes', async () => {
    const small = reportingToolsPlugin({ maxBytes: 10_000 });
    await expect(
      callTool(small, 'generate_report', { title: 'T', metrics: METRICS, data: DATA }),
    ).rejects.toMatchObject({
      code: 'RESPONSE_TOO_LARGE',
      category: 'RESOURCE_ERROR',
    });
  });

  it('refuses options out of range', () => {
    expect(() => reportingToolsPlugin({ maxBytes: 1 })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});

function tagsOf(html: string): string[] {
  return [...new Set([...html.matchAll(/<([a-z][a-z0-9]*)/gi)].map(([, name = '']) => name.toLowerCase()))];
}
