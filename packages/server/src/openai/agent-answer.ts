import { optional, type MessageItem, type TaskResult } from '@master-orchestrator/contracts';
import type { MasterOrchestrator } from '@master-orchestrator/core';
import { OrchestratorError } from '@master-orchestrator/errors';
import type { ZodType } from 'zod';
import { SecretFilter } from '../events/secret-filter.js';
import { assertRoom, discardRefused } from '../internal/queue-room.js';
import type { Services } from '../services.js';
import { TextStream } from './text-stream.js';

/** What an agent is asked. */
export interface Question {
  readonly agentId: string;
  readonly messages: readonly MessageItem[];
  /** Shape of the answer, where the client asks for one. */ readonly outputSchema?: ZodType | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly isStreamed: boolean;
}

/** An answer under way. */
export interface AgentAnswer {
  readonly taskId: string;
  /** Pieces of the text, secrets masked; ends with the answer and throws why there is none. */
  readonly pieces: AsyncIterable<string>;
  /** Where {@link pieces} is not read: the whole. */ readonly whole: Promise<WholeAnswer>;
}

/** An answer that is there. */
export interface WholeAnswer {
  readonly text: string;
  readonly result: TaskResult;
}

/**
 * Gives a question to an agent. The task ends with the request: where the client goes away, it is cancelled.
 *
 * @param gone - Aborted when nobody waits any more.
 * @throws OrchestratorError those of `createTask` and `enqueueTask`
 */
export async function ask(services: Services, question: Question, gone: AbortSignal): Promise<AgentAnswer> {
  const { orchestrator, redactor } = services;
  assertRoom(services);
  const taskId = await orchestrator.createTask(taskOf(question));
  const queue = new PieceQueue();
  const text = new TextStream();
  const filter = new SecretFilter(redactor);
  const subscription = question.isStreamed
    ? orchestrator.listen('openai-answer', (event) => {
        if (event.taskId === taskId) queue.push(filter.push(text.push(event)));
      })
    : undefined;
  const leave = (): void => void orchestrator.cancelTask(taskId, 'the client went away').catch(() => undefined);
  gone.addEventListener('abort', leave, { once: true });
  const whole = finish(orchestrator, taskId, question).finally(() => {
    gone.removeEventListener('abort', leave);
    subscription?.unsubscribe();
  });
  whole.then(
    (answer) => {
      queue.push(filter.push(text.end(answer.text)) + filter.end());
      queue.end();
    },
    (error: unknown) => queue.end(error),
  );
  if (gone.aborted) leave();
  return { taskId, pieces: queue, whole: whole.then((answer) => masked(answer, services)) };
}

function masked({ text, result }: WholeAnswer, { redactor }: Services): WholeAnswer {
  return { text: redactor.redactText(text), result };
}

async function finish(orchestrator: MasterOrchestrator, taskId: string, question: Question): Promise<WholeAnswer> {
  const result = await orchestrator.executeTask(taskId).catch(async (error: unknown) => {
    await discardRefused(orchestrator, taskId, error);
    throw error;
  });
  return { text: question.outputSchema === undefined ? result.text : JSON.stringify(result.output), result };
}

function taskOf({ agentId, messages, outputSchema, labels, isStreamed }: Question): object {
  const [only] = messages;
  const isPlain = messages.length === 1 && only?.role === 'user' && typeof only.content === 'string';
  return {
    agentId,
    // A shape is checked when the answer is whole; a text with corrections in between would not be JSON.
    isStreamed: isStreamed && outputSchema === undefined,
    ...(isPlain ? { description: only.content } : { input: messages }),
    ...optional({ outputSchema, labels }),
  };
}

/** Finds the agent that a client names as its model. @throws OrchestratorError AGENT_UNKNOWN */
export async function agentOfModel(orchestrator: MasterOrchestrator, model: string): Promise<string> {
  const agents = await orchestrator.listAgents();
  if (agents.some(({ id }) => id === model)) return model;
  const named = agents.filter(({ name }) => name === model);
  const [only] = named;
  if (only !== undefined && named.length === 1) return only.id;
  const message =
    named.length > 1
      ? `${named.length} agents are named "${model}": use the id (${named.map(({ id }) => id).join(', ')}).`
      : `There is no agent "${model.slice(0, 128)}" to answer as a model. GET /v1/models lists them.`;
  throw new OrchestratorError('AGENT_UNKNOWN', message, { category: 'VALIDATION_ERROR' });
}

/** Pieces that wait to be read. Bounded by the length of an answer. */
class PieceQueue implements AsyncIterable<string> {
  readonly #pieces: string[] = [];
  #wake: (() => void) | undefined;
  #end: { readonly error?: unknown } | undefined;

  push(piece: string): void {
    if (piece !== '') this.#pieces.push(piece);
    this.#wake?.();
  }

  end(error?: unknown): void {
    this.#end = error === undefined ? {} : { error };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    for (;;) {
      while (this.#pieces.length > 0) yield this.#pieces.splice(0).join('');
      if (this.#end?.error instanceof Error) throw this.#end.error;
      if (this.#end !== undefined) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
