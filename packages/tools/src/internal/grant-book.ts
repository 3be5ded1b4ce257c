import { TOOL_CATEGORIES, type CreateId, type StateStore } from '@master-orchestrator/contracts';
import { OrchestratorError, type Json } from '@master-orchestrator/errors';
import type { GrantRecord, GrantRequest, GrantSubject } from '../tool-grant.js';
import type { AccessControl } from './access-control.js';
import { problemOfRule } from './argument-rules.js';
import type { ToolShelf } from './tool-shelf.js';

/** Namespace of the grants in the state store. */
const NAMESPACE = 'tool-grants';

/** What the book works with. */
export interface GrantBookParts {
  readonly access: AccessControl;
  readonly shelf: ToolShelf;
  readonly state: StateStore | undefined;
  readonly createId: CreateId;
  readonly now: () => number;
}

/** Which grants to revoke. */
export type RevokeRequest = string | { readonly tool: string; readonly to: GrantSubject };

/** Gives and takes grants: written to the state store first, then in force. */
export class GrantBook {
  readonly #parts: GrantBookParts;

  constructor(parts: GrantBookParts) {
    this.#parts = parts;
  }

  /** Reads all grants from the store; grants of other processes come into force, revoked ones go. */
  async load(): Promise<void> {
    const { state, access } = this.#parts;
    if (state === undefined) return;
    const grants: GrantRecord[] = [];
    let cursor: string | undefined;
    do {
      const page = await state.scan(NAMESPACE, '', cursor, 500);
      for (const row of page.items) grants.push(row.value as unknown as GrantRecord);
      cursor = page.next;
    } while (cursor !== undefined);
    access.replaceGrants(grants);
  }

  async grant(request: GrantRequest): Promise<string> {
    const { access, state, createId, now } = this.#parts;
    const problem = problemOfGrant(request, now());
    if (problem !== undefined) throw new OrchestratorError('REQUEST_INVALID', `The grant was not given: ${problem}.`);
    this.#checkGiver(request);
    const record: GrantRecord = { ...copyOf(request), id: createId('grant'), grantedAt: now() };
    if (state !== undefined) await state.put(NAMESPACE, record.id, record as unknown as Json);
    access.putGrant(record);
    return record.id;
  }

  /** Returns how many grants were taken. */
  async revoke(request: RevokeRequest): Promise<number> {
    const { access, state } = this.#parts;
    const ids = typeof request === 'string' ? [request] : this.#matching(request.tool, request.to);
    let revoked = 0;
    for (const id of ids) {
      const wasKnown = access.removeGrant(id); // out of force first: a failing store must not keep it alive
      const wasStored = state === undefined ? false : (await state.delete(NAMESPACE, id)) === true;
      if (wasKnown || wasStored) revoked += 1;
    }
    return revoked;
  }

  #matching(tool: string, to: GrantSubject): string[] {
    const wanted = subjectKey(to);
    return this.#parts.access
      .grants()
      .flatMap((grant) => (grant.tool === tool && subjectKey(grant.to) === wanted ? [grant.id] : []));
  }

  /** An agent hands on only what it holds itself, without more rights than its own, and never to itself. */
  #checkGiver(request: GrantRequest): void {
    const { access, shelf } = this.#parts;
    const { by, to } = request;
    if (by === undefined || access.agent(by) === undefined) return;
    const refuse = (why: string): never => {
      throw new OrchestratorError('TOOL_FORBIDDEN', `Agent "${by}" may not grant this: ${why}.`, {
        advice: 'Let a person grant it.',
      });
    };
    if (!('tool' in request)) return refuse('an agent grants single tools, not categories');
    if (!('agent' in to)) return refuse('an agent grants to single agents, not to roles or teams');
    if (to.agent === by || access.isAbove(to.agent, by))
      return refuse('an agent grants neither to itself nor to those above it');
    const entry = shelf.current.get(request.tool);
    if (entry === undefined) return refuse(`there is no tool "${request.tool}"`);
    const own = access.decide(by, entry.tool, entry.origin.isBuiltIn);
    if (own.denial !== undefined) return refuse(`it does not hold tool "${request.tool}" itself: ${own.denial}`);
    if (own.free === undefined) return refuse(`its own grant of tool "${request.tool}" is constrained`);
    if (own.validUntil < (request.expiresAt ?? Number.POSITIVE_INFINITY)) return refuse('its own grant ends sooner');
  }
}

function problemOfGrant(request: GrantRequest, now: number): string | undefined {
  const { to, expiresAt, constraints } = request;
  const tool = 'tool' in request ? request.tool : undefined;
  const category = 'category' in request ? request.category : undefined;
  if ((tool === undefined) === (category === undefined)) return 'name a tool or a category, and not both';
  if (tool === '') return 'the name of the tool is empty';
  if (category !== undefined && !TOOL_CATEGORIES.includes(category))
    return `there is no category "${category as string}"`;
  if (Object.keys(to).length !== 1 || subjectKey(to).endsWith(':')) return 'name one agent, role or team as "to"';
  if (expiresAt !== undefined && !(expiresAt > now)) return 'expiresAt is not in the future';
  for (const rule of constraints?.arguments ?? []) {
    const problem = problemOfRule(rule);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** The known fields alone, so that nothing else gets into the store. */
function copyOf(request: GrantRequest): Omit<GrantRecord, 'id' | 'grantedAt'> {
  const { to, expiresAt, constraints, by } = request;
  return {
    ...('tool' in request ? { tool: request.tool } : { category: request.category }),
    to: { ...to },
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(constraints === undefined ? {} : { constraints: structuredClone(constraints) }),
    ...(by === undefined ? {} : { by }),
  };
}

function subjectKey(to: GrantSubject): string {
  if ('agent' in to) return `agent:${to.agent}`;
  return 'role' in to ? `role:${to.role}` : `team:${to.team}`;
}
