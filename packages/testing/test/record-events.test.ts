import type { OrchestratorEvent } from '@master-orchestrator/contracts';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { recordEvents } from '../src/index.js';

const event = (turn: number): OrchestratorEvent => ({ seq: turn, at: 0, type: 'turn-start', data: { turn } });

describe('recordEvents', () => {
  it('keeps events and tells them apart by type', () => {
    const events$ = new Subject<OrchestratorEvent>();
    using recording = recordEvents({ events$ });
    events$.next(event(1));
    events$.next({ seq: 2, at: 0, type: 'task-start', data: { delivery: 1 } });
    expect(recording.types).toEqual(['turn-start', 'task-start']);
    expect(recording.of('turn-start').map(({ data }) => data.turn)).toEqual([1]);
  });

  it('stops when it is disposed of', () => {
    const events$ = new Subject<OrchestratorEvent>();
    const recording = recordEvents(events$);
    recording.stop();
    events$.next(event(1));
    expect(recording.events).toEqual([]);
    expect(events$.observed).toBe(false);
  });

  it('waits for an event that is still to come', async () => {
    const events$ = new Subject<OrchestratorEvent>();
    using recording = recordEvents(events$);
    const waiting = recording.waitFor('turn-start', ({ data }) => data.turn === 2);
    events$.next(event(1));
    events$.next(event(2));
    expect((await waiting).data.turn).toBe(2);
    expect((await recording.waitFor('turn-start')).data.turn).toBe(1);
  });

  it('says which events came instead', async () => {
    const events$ = new Subject<OrchestratorEvent>();
    using recording = recordEvents(events$);
    events$.next(event(1));
    await expect(recording.waitFor('task-end', undefined, 10)).rejects.toThrow('The last events were: turn-start.');
  });
});
