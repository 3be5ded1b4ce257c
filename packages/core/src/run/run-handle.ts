import type { OrchestratorEvent, TaskResult } from '@master-orchestrator/contracts';
import { filter, from, map, merge, type Observable, ReplaySubject, switchMap, take, takeUntil } from 'rxjs';
import { RunStream } from '../events/run-stream.js';
import type { MasterOrchestrator, OrchestratorParts } from '../orchestrator.js';
import type { CreateTaskOptions } from '../tasks/task-options.js';

/** A run under way. Reading it late, twice or not at all changes nothing. */
export interface RunHandle<Output = unknown> extends AsyncIterable<OrchestratorEvent> {
  /** Id of the task; known once it is stored. */ readonly id: Promise<string>;
  /** Events of the task and of the agents it hands work to, from the first one on. Never errors. */
  readonly events$: Observable<OrchestratorEvent>;
  /** Pieces of the answer as they arrive; of the last attempt where one was cut. Never errors. */
  readonly text$: Observable<string>;
  /** How it ends. @throws OrchestratorError why it failed */ readonly result: Promise<TaskResult<Output>>;
  /** Events from a position on (the first event has 0): for a reader that was away. */
  eventsFrom(position: number): Observable<OrchestratorEvent>;
  /** Cancels it; resolves once it has ended. */ cancel(reason?: string): Promise<void>;
}

/** Starts a run: creates the task, taps its events, executes it. */
export function startRun<Output>(
  orchestrator: MasterOrchestrator,
  parts: Pick<OrchestratorParts, 'tasks' | 'streamCapacity'>,
  options: CreateTaskOptions<Output>,
): RunHandle<Output> {
  const stream = new RunStream(parts.streamCapacity);
  const id = orchestrator.createTask(options);
  const result = id.then(async (taskId) => {
    const task = await parts.tasks.get(taskId);
    task.events.tap(stream);
    return orchestrator.executeTask(taskId);
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
    eventsFrom: (position) => stream.from(position),
    cancel: async (reason) => {
      await orchestrator.cancelTask(await id, reason);
    },
    [Symbol.asyncIterator]: () => stream.iterate(),
  };
}

/** Deltas where the run streams; else the whole answer at its end. Failures are told by `result` alone. */
function textOfRun(stream: RunStream, id: Promise<string>, result: Promise<TaskResult>): Observable<string> {
  let hasDeltas = false;
  const ended$ = new ReplaySubject<string>(1);
  result.then(
    ({ text }) => {
      ended$.next(text);
      ended$.complete();
    },
    () => ended$.complete(),
  );
  const deltas$ = from(id.catch(() => '')).pipe(
    switchMap((taskId) => stream.events$.pipe(filter((event) => event.taskId === taskId))),
    filter((event) => event.type === 'model-call-delta' && event.data.kind === 'text'),
    map((event) => {
      hasDeltas = true;
      return (event as Extract<OrchestratorEvent, { type: 'model-call-delta' }>).data.text;
    }),
  );
  const whole$ = ended$.pipe(
    take(1),
    filter(() => !hasDeltas),
  );
  return merge(
    deltas$.pipe(
      takeUntil(
        result.then(
          () => undefined,
          () => undefined,
        ),
      ),
    ),
    whole$,
  );
}
