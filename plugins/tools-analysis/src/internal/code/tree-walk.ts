import { setImmediate } from 'node:timers/promises';
import type { Clock } from '@master-orchestrator/errors';
import type { Parser, Tree, TreeCursor } from 'web-tree-sitter';
import { tookTooLong, type ThreadBounds } from './run-in-thread.js';

/** A place in the code: row and column from 0. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

/** A node on the way through the tree. */
export interface VisitedNode {
  readonly type: string;
  readonly start: Place;
  readonly end: Place;
  readonly isMissing: boolean;
  readonly isLeaf: boolean;
  /** Text between start and end; read only where needed. */ readonly text: () => string;
  /** Nodes that hold this one, the outermost first. */ readonly parents: readonly ParentNode[];
}

/** What is known of a node that holds others. */
export interface ParentNode {
  readonly type: string;
  readonly start: Place;
  /** How many nodes that nest code are around what stands within. */ readonly nesting: number;
}

/** Looks at each node. */
export interface Visitor {
  /** `skip` leaves out what the node holds. */ visit(node: VisitedNode): 'skip' | undefined;
  /** True for types of nodes that nest code. */ nests(type: string): boolean;
}

/** Time that reading may take, in slices between which other work runs. */
export class TimeSlices {
  readonly #deadline: number;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal;
  readonly #clock: Clock;
  #sliceStart: number;

  constructor({ timeoutMs, signal, clock }: ThreadBounds) {
    this.#timeoutMs = timeoutMs;
    this.#signal = signal;
    this.#clock = clock;
    this.#sliceStart = clock.monotonic();
    this.#deadline = this.#sliceStart + timeoutMs;
  }

  /** True where it is time to let other work run. */
  get isOver(): boolean {
    return this.#clock.monotonic() - this.#sliceStart > SLICE_MS;
  }

  /** @throws OrchestratorError TOOL_TIMEOUT when all time is used up; the reason of the signal. */
  async rest(): Promise<void> {
    await setImmediate();
    this.#signal.throwIfAborted();
    this.#sliceStart = this.#clock.monotonic();
    if (this.#sliceStart > this.#deadline) throw tookTooLong(this.#timeoutMs);
  }
}

const SLICE_MS = 20;
/** The clock is asked once in so many nodes. */
const NODES_BETWEEN = 256;

/** Parses in slices: a parser that was halted goes on where it stopped. */
export async function parseInSlices(parser: Parser, code: string, slices: TimeSlices): Promise<Tree> {
  for (;;) {
    const tree = parser.parse(code, null, { progressCallback: () => slices.isOver });
    if (tree !== null) return tree;
    await slices.rest();
  }
}

/** Visits all nodes from the first to the last, each before those it holds. */
export async function walkTree(tree: Tree, code: string, visitor: Visitor, slices: TimeSlices): Promise<void> {
  const cursor = tree.walk();
  const parents: ParentNode[] = [];
  try {
    for (let count = 1; ; count += 1) {
      if (count % NODES_BETWEEN === 0 && slices.isOver) await slices.rest();
      if (enter(cursor, code, visitor, parents)) continue;
      while (!cursor.gotoNextSibling()) {
        if (!cursor.gotoParent()) return;
        parents.pop();
      }
    }
  } finally {
    cursor.delete();
  }
}

/** Visits the node under the cursor; true where the cursor went to its first child. */
function enter(cursor: TreeCursor, code: string, visitor: Visitor, parents: ParentNode[]): boolean {
  const { nodeType: type, startPosition: start, endPosition: end, startIndex, endIndex } = cursor;
  const isMissing = cursor.nodeIsMissing;
  const hasChildren = cursor.gotoFirstChild();
  const text = (): string => code.slice(startIndex, endIndex);
  const isSkipped = visitor.visit({ type, start, end, isMissing, isLeaf: !hasChildren, text, parents }) === 'skip';
  if (hasChildren && isSkipped) cursor.gotoParent();
  if (!hasChildren || isSkipped) return false;
  parents.push({ type, start, nesting: (parents.at(-1)?.nesting ?? 0) + (visitor.nests(type) ? 1 : 0) });
  return true;
}
