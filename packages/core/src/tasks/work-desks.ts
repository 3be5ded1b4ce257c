import type { ApprovalRecord, DeadLetterRecord, EscalationRecord, StateStore } from '@master-orchestrator/contracts';
import { TraceShelf } from './trace-shelf.js';
import { WorkDesk } from './work-desk.js';

/** Everything that waits for a person. */
export interface WorkDesks {
  readonly approvals: WorkDesk<ApprovalRecord>;
  readonly escalations: WorkDesk<EscalationRecord>;
  readonly deadLetters: WorkDesk<DeadLetterRecord>;
  /** What failed runs leave for their dead letters. */ readonly traces: TraceShelf;
}

/** The desks over a store. */
export function createWorkDesks(state: StateStore): WorkDesks {
  return {
    approvals: new WorkDesk(state, 'approvals'),
    escalations: new WorkDesk(state, 'escalations'),
    deadLetters: new WorkDesk(state, 'dead-letters'),
    traces: new TraceShelf(state),
  };
}
