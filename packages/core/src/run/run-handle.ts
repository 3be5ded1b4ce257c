import type { OrchestratorEvent, TaskResult } from '@master-orchestrator/contracts';
import { Observable } from '../events/rx.js';
import { RunStream, type LastSeen } from '../events/run-stream.js';
import { StreamArchive } from '../events/stream-archive.js';
import type { MasterOrchestrator } from '../orchestrator.js';
import type { OrchestratorParts } from '../orchestrator-parts.js';
import type { CreateTaskOptions } from '../tasks/task-options.js';

/** A run under way. Reading it late, twice or not at all changes nothing. */
export interface RunHandle<Output = unknown> extends AsyncIterable<OrchestratorEvent> {
  /** Id of the task; known once it is stored. */ readonly id: Promise<string>;
  /** Events of the task and of the agents it hands work to, from the first one on. Never errors. */
  readonly events$: Observable<OrchestratorEvent>;
  /**
   * Pieces of the answer as they arrive. Where an attempt was cut, its text stays and the answer begins anew after an empty
   * line; a reader that can take text back looks for `model-call-restart` in {@link events$}. Never errors.
   */
  readonly text$: Observable<string>;
  /** How it ends. @throws OrchestratorError why it failed */ readonly result: Promise<TaskResult<Output>>;
  /**
   * Events from a position on (the first event has 0) or after the last one seen: for a reader that was away. What the
   * buffer does not hold any more comes from the store of a durable engine; with the memory engine it is told as a
   * `stream-gap`.
   */
  eventsFrom(place: number | LastSeen): Observable<OrchestratorEvent>;
  /** Cancels it; resolves once it has ended. */ cancel(reason?: string): Promise<void>;
}

/** Starts a run: creates the task, taps its events, executes it. */
export function startRun<Output, UserContext>(
  orchestrator: MasterOrchestrator,
  parts: Pick<OrchestratorParts, 'tasks' | 'streamCapacity' | 'engine' | 'clock'>,
  options: CreateTaskOptions<Output, UserContext>,
): RunHandle<Output> {
  let key = '';
  const { engine, clock, streamCapacity } = parts;
  const archive = engine.caps.durable ? new StreamArchive(engine.state, clock, () => key) : undefined;
  const stream = new RunStream(streamCapacity, archive);
  const id = orchestrator.createTask(options);
  id.then(
    (created) => (key = created),
    () => undefined,
  );
  const result = id.then(async (taskId) => {
    const untap = (await parts.tasks.get(taskId)).events.tap(stream);
    return orchestrator.executeTask(taskId).finally(untap);
  });
  result.then(
    () => stream.end(),
    () => stream.end(),
  );
  id.catch(() => undefined);
  return {
    id,
    result,
    events$: stream.events$,
    text$: textOfRun(stream, id, result),
    eventsFrom: (place) => (typeof place === 'number' ? stream.from(place) : stream.after(place)),
    cancel: async (reason) => {
      await orchestrator.cancelTask(await id, reason);
    },
    [Symbol.asyncIterator]: () => stream.iterate(),
  };
}

/** Deltas where the run streams; else the whole answer at its end. Failures are told by `result` alone. */
function textOfRun(stream: RunStream, id: Promise<string>, result: Promise<TaskResult>): Observable<string> {
  return new Observable((reader) => {
    let hasText = false;
    /** What the attempt under way has told: void where it is cut. */ let attempt: 'nothing' | 'text' | 'void' =
      'nothing';
    const tell = (event: OrchestratorEvent): void => {
      if (event.type === 'turn-start') attempt = 'nothing';
      if (event.type === 'model-call-restart' && attempt === 'text') attempt = 'void';
      if (event.type !== 'model-call-delta' || event.data.kind !== 'text') return;
      hasText = true;
      reader.next(attempt === 'void' ? `\n\n${event.data.text}` : event.data.text);
      attempt = 'text';
    };
    const end = async (): Promise<void> => {
      const whole = hasText ? undefined : await result.catch(() => undefined);
      if (whole !== undefined && whole.text !== '') reader.next(whole.text);
      reader.complete();
    };
    const subscribe = (taskId: string): void =>
      reader.add(
        stream.events$.subscribe({
          next: (event) => event.taskId === taskId && tell(event),
          complete: () => void end(),
        }),
      );
    id.then(subscribe, () => reader.complete());
  });
}
