import { isDeepStrictEqual } from 'node:util';
import { EFFECTS, type AnyTool, type Effect, type ToolContext } from '@master-orchestrator/contracts';
import * as fc from 'fast-check';
import { testToolContext, type TestToolContext } from '../tool-context/test-tool-context.js';
import { checkOf, show, type Check, type Rule } from './check.js';
import { hostileArguments } from './hostile-arguments.js';
import { argumentsArbitrary } from './schema-arbitrary.js';
import { callTool, hangingFetch, problemOfEnd, refusingFetch, type CallEnd } from './tool-call.js';
import type { ToolCheckOptions } from './tool-checks.js';

const RULES = {
  examples: {
    rule: 'tool-examples',
    holds: 'does what its examples ask',
    why: 'An example that fails is the first thing a user tries.',
    fix: 'Mend the tool, or the example given to the check.',
  },
  effect: {
    rule: 'tool-effect',
    holds: 'declares its effect for every input, and its approval',
    why: 'The host asks before the call; a throw there, or a word it does not know, refuses the call.',
    fix: `Let effect(input) return one of ${EFFECTS.join(', ')} and approval(input) a boolean for whatever the schema lets pass.`,
  },
  repeat: {
    rule: 'tool-repeat',
    holds: 'can be repeated as its effect says',
    why: 'After a crash the host repeats pure, idempotent and keyed calls; pure ones it also answers from its cache.',
    fix: "Declare 'unsafe' where a repeat counts, and 'pure' only where equal input gives an equal result without files, network, time or chance.",
  },
  abort: {
    rule: 'tool-abort',
    holds: 'ends soon after its signal is aborted',
    why: 'A tool that goes on after a cancel keeps its slot and works for nobody.',
    fix: 'Hand context.signal to fetch, files and timers, and look at signal.aborted in long loops.',
  },
  fuzz: {
    rule: 'tool-fuzz',
    holds: 'answers any arguments with a result or a classified error',
    why: 'Models send odd arguments. A plain error has no code to recover by, and a hang blocks a slot.',
    fix: 'Tighten the schema, throw ToolFailedError or another OrchestratorError, and keep results plain JSON of at most 1 MiB.',
  },
  input: {
    rule: 'tool-input',
    holds: 'leaves its arguments as they were',
    why: 'The host stores, hashes and shows the arguments; changed ones no longer match what was approved.',
    fix: 'Copy before you change.',
  },
  prototypes: {
    rule: 'tool-prototypes',
    holds: 'changes no shared prototype',
    why: 'A key on Object.prototype appears in every object of the process.',
    fix: 'Never assign to a key that came from arguments without refusing "__proto__", "constructor" and "prototype"; use Map or Object.create(null).',
  },
} as const satisfies Record<string, Rule>;

/** The checks that call the tool. */
export function toolRunChecks(tool: AnyTool, subject: string, options: ToolCheckOptions): readonly Check[] {
  const run = new ToolTrial(tool, options);
  const examples = options.examples?.[tool.name] ?? [];
  return [
    ...(examples.length === 0 ? [] : [checkOf(subject, RULES.examples, () => run.examples(examples))]),
    checkOf(subject, RULES.effect, () => run.declaresEffect()),
    checkOf(subject, RULES.repeat, () => run.repeats()),
    checkOf(subject, RULES.abort, () => run.aborts()),
    checkOf(subject, RULES.fuzz, () => run.survivesFuzz()),
    checkOf(subject, RULES.input, () => run.keepsInput()),
    checkOf(subject, RULES.prototypes, () => run.keepsPrototypes()),
  ];
}

/** How many fuzzed calls a tool gets. */
export function fuzzRuns({ name }: AnyTool, { runs = 200, runsByTool = {} }: ToolCheckOptions): number {
  return Object.hasOwn(runsByTool, name) ? (runsByTool[name] ?? runs) : runs;
}

/** Times that a call must be too slow in a row: a machine that stood still is not the tool's fault. */
const SLOW_IN_A_ROW = 3;

class ToolTrial {
  readonly #tool: AnyTool;
  readonly #options: ToolCheckOptions;
  readonly #limitMs: number;

  constructor(tool: AnyTool, options: ToolCheckOptions) {
    this.#tool = tool;
    this.#options = options;
    this.#limitMs = options.callLimitMs ?? 1_000;
  }

  async examples(examples: readonly unknown[]): Promise<void> {
    for (const example of examples) {
      using context = this.#context();
      const end = await callTool(this.#tool, example, context, this.#limitMs);
      const problem = problemOfEnd(this.#tool, end, this.#limitMs);
      if (end.kind === 'result' && problem === undefined) continue;
      const found = end.kind === 'refused' ? end.message : end.kind === 'error' ? show(end.error) : problem;
      throw new Error(`The example ${show(example)} gave no result: ${found}.`);
    }
  }

  declaresEffect(): void {
    const { effect, approval } = this.#tool;
    for (const input of this.#inputs(100)) {
      const declared = effectOf(effect, input);
      if (!EFFECTS.includes(declared as Effect)) throw new Error(`effect(${show(input)}) is ${show(declared)}.`);
      if (typeof approval !== 'function') continue;
      const { agent, taskId, runId } = testToolContext();
      const answer: unknown = approval(input as never, { agent, taskId, runId });
      if (typeof answer !== 'boolean') throw new Error(`approval(${show(input)}) is ${show(answer)}.`);
    }
  }

  async repeats(): Promise<void> {
    for (const input of this.#inputs(10)) {
      const effect = effectOf(this.#tool.effect, input);
      if (effect === 'unsafe') continue;
      const ends = effect === 'pure' ? await this.#isPure(input) : await this.#canRepeat(input, String(effect));
      if (ends.some((end) => end.kind === 'hang')) return; // tool-fuzz tells of it
    }
  }

  async #isPure(input: unknown): Promise<readonly CallEnd[]> {
    const used: string[] = [];
    const trap = (name: string) => (): never => {
      used.push(name);
      throw new Error(`context.${name} is not for pure tools`);
    };
    const outside = { fetch: trap('fetch'), files: { within: trap('files') } };
    using first = this.#context(outside);
    using second = this.#context({ ...outside, taskId: 'task_other', callId: 'call_other', idempotencyKey: 'other' });
    const ends = [await this.#call(input, first), await this.#call(input, second)];
    if (used.length > 0) throw new Error(`It is declared pure and uses context.${used[0]}.`);
    const [one, other] = ends.map(plain);
    if (isDeepStrictEqual(one, other)) return ends;
    throw new Error(`It is declared pure, and ${show(input)} gave ${show(one)}, then ${show(other)}.`);
  }

  async #canRepeat(input: unknown, effect: string): Promise<readonly CallEnd[]> {
    using context = this.#context();
    const first = await this.#call(input, context);
    const second = await this.#call(input, context);
    if (first.kind !== 'result' || second.kind === 'result') return [first, second];
    throw new Error(`It is declared ${effect}, and the repeat of ${show(input)} failed: ${show(plain(second))}.`);
  }

  async aborts(): Promise<void> {
    const limitMs = this.#options.abortLimitMs ?? 1_000;
    for (const input of this.#inputs(3)) {
      for (const delayMs of [-1, 20]) {
        using context = this.#context({ fetch: hangingFetch });
        if (delayMs < 0) context.abort();
        const timer = delayMs < 0 ? undefined : setTimeout(() => context.abort(), delayMs);
        const end = await callTool(this.#tool, input, context, limitMs + Math.max(0, delayMs));
        clearTimeout(timer);
        if (end.kind !== 'hang') continue;
        const when = delayMs < 0 ? 'before it began' : `${delayMs} ms after it began`;
        throw new Error(
          `Its signal was aborted ${when}, and it had not ended ${limitMs} ms later, with ${show(input)}.`,
        );
      }
    }
  }

  async survivesFuzz(): Promise<void> {
    const fitting = argumentsArbitrary(this.#tool.inputSchema);
    const given = fc.oneof(fitting, hostileArguments(fitting));
    using context = this.#context();
    for (const args of fc.sample(given, { numRuns: fuzzRuns(this.#tool, this.#options), seed: this.#seed })) {
      const problem = await this.#fuzzProblem(args, context);
      if (problem !== undefined) throw new Error(`With ${show(args)} it ${problem}.`);
    }
  }

  async #fuzzProblem(args: unknown, context: ToolContext): Promise<string | undefined> {
    for (let time = 1; ; time += 1) {
      const startedAt = performance.now();
      const end = await this.#call(args, context);
      const ms = performance.now() - startedAt;
      const isSlow = end.kind === 'hang' || ms > this.#limitMs;
      if (isSlow && time < SLOW_IN_A_ROW) continue;
      return problemOfEnd(this.#tool, end, this.#limitMs) ?? (isSlow ? this.#blocked(ms) : undefined);
    }
  }

  async keepsInput(): Promise<void> {
    using context = this.#context();
    for (const input of this.#inputs(20)) {
      const before = structuredClone(input);
      const seen: unknown[] = [];
      // The schema gives the tool a copy; the copy is what must stay as it was.
      const watched: AnyTool = {
        ...this.#tool,
        execute: async (given: never, inner) => {
          seen.push(given, structuredClone(given));
          return this.#tool.execute(given, inner);
        },
      };
      const end = await callTool(watched, before, context, this.#limitMs);
      if (end.kind === 'hang') return; // tool-fuzz tells of it
      const [given, copy] = seen;
      if (!isDeepStrictEqual(given, copy)) throw new Error(`It changed ${show(copy)} into ${show(given)}.`);
    }
  }

  async keepsPrototypes(): Promise<void> {
    const added = new Set<string>();
    using context = this.#context();
    const hostile = hostileArguments(argumentsArbitrary(this.#tool.inputSchema));
    for (const args of fc.sample(hostile, { numRuns: 100, seed: this.#seed })) {
      const remember = (keys: readonly string[]): void => keys.forEach((key) => added.add(key));
      const end = await callTool(this.#tool, args, context, this.#limitMs, remember);
      if (end.kind === 'hang') break; // tool-fuzz tells of it
    }
    if (added.size > 0) throw new Error(`It added ${[...added].join(', ')}.`);
  }

  get #seed(): number {
    return this.#options.seed ?? 1;
  }

  /** Inputs as `execute` gets them: the examples, then generated ones that the schema lets pass. */
  #inputs(count: number): readonly unknown[] {
    const examples = this.#options.examples?.[this.#tool.name] ?? [];
    const generated = fc.sample(argumentsArbitrary(this.#tool.inputSchema), { numRuns: count * 3, seed: this.#seed });
    const inputs: unknown[] = [];
    for (const args of [...examples, ...generated]) {
      const parsed = this.#tool.inputSchema.safeParse(args);
      if (parsed.success) inputs.push(parsed.data);
    }
    return inputs.slice(0, Math.max(count, examples.length));
  }

  async #call(args: unknown, context: ToolContext): Promise<CallEnd> {
    return callTool(this.#tool, args, context, this.#limitMs);
  }

  #blocked(ms: number): string {
    return `took ${Math.round(ms)} ms; at most ${this.#limitMs} ms are allowed here`;
  }

  #context(overrides: Partial<ToolContext> = {}): TestToolContext {
    const given = { ...this.#options.context?.(this.#tool), ...overrides };
    return testToolContext({ fetch: refusingFetch, ...given, userContext: this.#userContext(given) });
  }

  /** What the tool declares: as the test gave it, else made up. */
  #userContext({ userContext: given }: Partial<ToolContext>): unknown {
    const { userContextSchema: schema } = this.#tool;
    if (schema === undefined) return given;
    const [madeUp] = fc.sample(argumentsArbitrary(schema), { numRuns: 1, seed: this.#seed });
    const read = schema.safeParse(given ?? madeUp);
    if (read.success) return read.data;
    const problem = given === undefined ? 'None could be made up for' : 'What context() gives does not fit';
    throw new Error(`${problem} its userContextSchema: give a userContext that fits in context().`);
  }
}

function effectOf(effect: AnyTool['effect'], input: unknown): unknown {
  return typeof effect === 'function' ? effect(input as never) : effect;
}

/** The end of a call without what may differ between equal calls. */
function plain(end: CallEnd): unknown {
  if (end.kind !== 'error') return end;
  const { code, message } = end.error as { code?: unknown; message?: unknown };
  return { kind: 'error', code, message };
}
