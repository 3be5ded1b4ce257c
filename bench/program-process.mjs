// A program of the comparison, alive in a process of its own and at rest until it is told to do something.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ANSWER_MS = 600_000;

export class ProgramProcess {
  #child;
  #lines;
  /** What import and construction cost. */ started;

  static async start({ program, baseUrl, isDefault }, flags) {
    const own = new ProgramProcess();
    const argv = [
      '--expose-gc',
      '--conditions=@master-orchestrator/bundle',
      ...flags,
      join(import.meta.dirname, 'sample.mjs'),
      JSON.stringify({ program, baseUrl, isDefault }),
    ];
    own.#child = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
    own.#lines = createInterface({ input: own.#child.stdout })[Symbol.asyncIterator]();
    own.started = await own.#answer(program);
    return own;
  }

  /** Lets it do something and gives its answer. */
  async tell(order) {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
    return this.#answer(order.order);
  }

  async end() {
    this.#child.stdin.end();
    if (this.#child.exitCode === null) await new Promise((resolve) => this.#child.once('exit', resolve));
  }

  async #answer(what) {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), ANSWER_MS);
    const { value, done } = await this.#lines.next();
    clearTimeout(timer);
    if (done) throw new Error(`The process of "${what}" ended without an answer.`);
    return JSON.parse(value);
  }
}
