/** A report, ready to be written in any format. */
export interface Report {
  readonly title: string;
  /** Markdown. */ readonly summary?: string;
  readonly sections: readonly Section[];
}

/** A heading and what stands below it. */
export interface Section {
  readonly heading: string;
  readonly blocks: readonly Block[];
}

/** One part of a section. */
export type Block =
  | { readonly kind: 'text'; /** Markdown. */ readonly text: string }
  | { readonly kind: 'figures'; readonly figures: readonly Figure[] }
  | { readonly kind: 'table'; readonly table: Table }
  | { readonly kind: 'chart'; readonly chart: Chart };

/** A number that stands out. */
export interface Figure {
  readonly label: string;
  readonly value: Cell;
}

/** What a cell of a table holds. */
export type Cell = string | number | boolean | null;

/** Rows under named columns; every row has as many cells as there are columns. */
export interface Table {
  readonly caption?: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A named row of numbers; null leaves a gap. */
export interface Series {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

interface ChartHead {
  readonly title: string;
  /** One sentence for those who do not see the chart. */ readonly description: string;
  readonly xLabel?: string;
  readonly yLabel?: string;
}

/** Bars side by side for each label. */
export interface BarChart extends ChartHead {
  readonly type: 'bar';
  readonly labels: readonly string[];
  readonly series: readonly Series[];
}

/** Lines over a common axis. */
export interface LineChart extends ChartHead {
  readonly type: 'line';
  /** Position of each value on the x axis, ascending. */ readonly x: readonly number[];
  /** Words for the positions; numbers where absent. */ readonly labels?: readonly string[];
  readonly series: readonly Series[];
}

/** Points, perhaps with a line fitted to them. */
export interface ScatterChart extends ChartHead {
  readonly type: 'scatter';
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly line?: { readonly slope: number; readonly intercept: number };
}

/** Counts in adjoining bins. */
export interface HistogramChart extends ChartHead {
  readonly type: 'histogram';
  readonly bins: readonly { readonly from: number; readonly to: number; readonly count: number }[];
}

/** Quartiles, whiskers and outliers. */
export interface BoxChart extends ChartHead {
  readonly type: 'box';
  readonly boxes: readonly Box[];
}

/** One box: whiskers reach to the furthest values within Tukey's fences. */
export interface Box {
  readonly name: string;
  readonly low: number;
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
  readonly high: number;
  readonly outliers: readonly number[];
}

/** A chart with its data. */
export type Chart = BarChart | LineChart | ScatterChart | HistogramChart | BoxChart;
