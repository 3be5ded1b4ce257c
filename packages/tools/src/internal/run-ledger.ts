/** Runs whose counters are kept; beyond that the run used least recently is forgotten. */
const MAX_RUNS = 10_000;

interface RunRecord {
  calls: number;
  readonly callsByTool: Map<string, number>;
  /** By tool: `*` or hashes of arguments that a person approved for this run, each with who approved. */
  readonly approvals: Map<string, Map<string, string>>;
}

/** What the registry must remember of a run: how often each tool was called, and what was approved for all of it. */
export class RunLedger {
  readonly #runs = new Map<string, RunRecord>();
  #latest: { readonly id: string; readonly run: RunRecord } | undefined;

  /** Counts an execution. */
  count(runId: string, tool: string): void {
    const run = this.#touch(runId);
    run.calls += 1;
    run.callsByTool.set(tool, (run.callsByTool.get(tool) ?? 0) + 1);
  }

  /** Executions so far: in all, and of this tool. */
  calls(runId: string, tool: string): { readonly calls: number; readonly ofTool: number } {
    const run = this.#runs.get(runId);
    return { calls: run?.calls ?? 0, ofTool: run?.callsByTool.get(tool) ?? 0 };
  }

  approve(runId: string, tool: string, argumentsHash: string, by: string): void {
    const { approvals } = this.#touch(runId);
    const ofTool = approvals.get(tool) ?? new Map<string, string>();
    ofTool.set(argumentsHash, by);
    approvals.set(tool, ofTool);
  }

  /** Who approved this for the run, or `undefined`. The hash is computed only where there are approvals of the tool. */
  approvedBy(runId: string, tool: string, argumentsHash: () => string): string | undefined {
    const ofTool = this.#runs.get(runId)?.approvals.get(tool);
    if (ofTool === undefined) return undefined;
    return ofTool.get('*') ?? ofTool.get(argumentsHash());
  }

  end(runId: string): void {
    this.#runs.delete(runId);
    if (this.#latest?.id === runId) this.#latest = undefined;
  }

  #touch(runId: string): RunRecord {
    if (this.#latest?.id === runId) return this.#latest.run; // it stands last already
    const known = this.#runs.get(runId);
    const run = known ?? { calls: 0, callsByTool: new Map(), approvals: new Map() };
    if (known !== undefined) this.#runs.delete(runId);
    this.#runs.set(runId, run);
    this.#latest = { id: runId, run };
    if (this.#runs.size > MAX_RUNS) {
      const oldest = this.#runs.keys().next().value;
      if (oldest !== undefined) this.#runs.delete(oldest);
    }
    return run;
  }
}
