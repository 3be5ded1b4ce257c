import type { EventOf, OrchestratorEvent } from '@master-orchestrator/contracts';
import type { SerializedError } from '@master-orchestrator/errors';
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type HrTime,
  type Span,
  type SpanContext,
  type Tracer,
} from '@opentelemetry/api';
import {
  agentAttributes,
  chatAttributes,
  chatEndAttributes,
  modelAttributes,
  modelName,
  toolAttributes,
  usageAttributes,
} from './attributes.js';
import type { ContentFilter } from './content-filter.js';
import { noteOf, type NotedEvent } from './notes.js';
import { spanIdOf, traceIdOf, type SpanIds } from './span-ids.js';

/** Parts of {@link RunSpans}. */
export interface RunSpansParts {
  readonly tracer: Tracer;
  readonly ids: SpanIds;
  /** Absent: no content goes into spans. */ readonly content: ContentFilter | undefined;
  readonly taskId: string;
  readonly agentId: string | undefined;
  readonly agentName: string | undefined;
  readonly parentTaskId: string | undefined;
  /** Span of the parent task, where this process works on that too. */ readonly parent: SpanContext | undefined;
}

/** Where in its task something began. */
type Moment = Pick<OrchestratorEvent, 'at' | 'seq'>;

interface Open {
  readonly span: Span;
  /** The streamed answer so far, where content is wanted. */ text: string;
}

/**
 * Spans of one task in this process: one over the work of its agent (several where it was parked in between, each linked
 * to the one before), one over each agent that took over, and under these one for each model call and each tool call.
 */
export class RunSpans {
  readonly #parts: RunSpansParts;
  readonly #chats = new Map<string, Open>();
  readonly #tools = new Map<string, Span>();
  /** The agent's work; absent while the task is parked. */ #agent: Span | undefined;
  /** The agent that took over from it. */ #successor: Span | undefined;
  #context: SpanContext | undefined;
  /** Tells what a later delivery does from what an earlier one did, whose event numbers may come again after a crash. */
  #lineage: string | undefined;
  #name: string | undefined;
  #model: string | undefined;
  #ended: { readonly at: number; readonly outcome: string } | undefined;

  constructor(parts: RunSpansParts) {
    this.#parts = parts;
    this.#name = parts.agentName;
  }

  /** What tasks that this one gave to others stand under. */
  get context(): SpanContext | undefined {
    return (this.#successor ?? this.#agent)?.spanContext() ?? this.#context;
  }

  /** The agent begins. @param isFirst - False: an earlier delivery, perhaps of another process, has begun it before */
  begin(moment: Moment, isFirst: boolean): void {
    const { taskId, agentId } = this.#parts;
    const previous = this.#context;
    this.#lineage ??= isFirst ? '' : `${moment.at} `;
    const attributes = {
      ...agentAttributes({ agentId, agentName: this.#name, taskId }),
      ...(this.#model === undefined ? {} : modelAttributes(this.#model)),
    };
    this.#agent = this.#start(invokeName(this.#name), {
      at: moment.at,
      key: isFirst ? undefined : `run ${moment.seq}`,
      attributes,
      parent: this.#parent(),
      links: previous === undefined ? [] : [{ context: previous }],
    });
    this.#context = this.#agent.spanContext();
  }

  /** Work goes on: after a park a new span begins. */
  resume(moment: Moment): void {
    if (this.#agent === undefined) this.begin(moment, false);
  }

  /** The run says who works, and with which model. */
  named({ agentName, model, depth }: EventOf<'run-start'>['data']): void {
    this.#name = agentName;
    this.#model = model;
    this.#agent?.updateName(invokeName(agentName));
    this.#agent?.setAttributes({
      'gen_ai.agent.name': agentName,
      'mao.depth': depth,
      ...modelAttributes(model),
    });
  }

  startChat(event: EventOf<'model-call-start'>): void {
    const key = chatKey(event.data);
    this.#closeChat(key, event.at, 'abandoned');
    const span = this.#child(`chat ${modelName(event.data.model)}`, event, chatAttributes(event.data), SpanKind.CLIENT);
    this.#chats.set(key, { span, text: '' });
  }

  /** Streamed text is kept where content is wanted; nothing is done otherwise. */
  addDelta({ kind, text }: EventOf<'model-call-delta'>['data']): void {
    const { content } = this.#parts;
    if (content === undefined || (kind !== 'text' && kind !== 'refusal')) return;
    const [chat] = [...this.#chats.values()].slice(-1);
    // Some more than is shown, so that a secret across the cut is whole when it is looked for.
    if (chat !== undefined && chat.text.length < 2 * content.maxCharacters + 4_096) chat.text += text;
  }

  /** The model is asked anew: what was open of this turn is over. */
  restartChat({ at, data }: EventOf<'model-call-restart'>): void {
    for (const key of this.#chats.keys()) this.#closeChat(key, at, data.reason);
  }

  endChat(event: EventOf<'model-call-end'>): void {
    const { data, at } = event;
    const key = chatKey(data);
    // A call that a breaker, a limiter or a budget refused never began.
    if (!this.#chats.has(key)) this.startChat({ ...event, type: 'model-call-start', at: at - data.durationMs, data });
    const chat = this.#chats.get(key);
    if (chat === undefined) return;
    this.#chats.delete(key);
    chat.span.setAttributes(chatEndAttributes(data));
    const { content } = this.#parts;
    if (content !== undefined && chat.text !== '') {
      const parts = [{ type: 'text', content: content.text(chat.text) }];
      const messages = [{ role: 'assistant', parts, finish_reason: data.finish ?? 'error' }];
      chat.span.setAttribute('gen_ai.output.messages', JSON.stringify(messages));
    }
    this.#close(chat.span, at, data.outcome, data.error);
  }

  startTool(event: EventOf<'tool-call-start'>): void {
    const { at, data } = event;
    const key = toolKey(data);
    const before = this.#tools.get(key);
    if (before !== undefined) this.#close(before, at, 'abandoned');
    const attributes = toolAttributes(data);
    const { content } = this.#parts;
    if (content !== undefined) attributes['gen_ai.tool.call.arguments'] = content.json(data.arguments);
    this.#tools.set(key, this.#child(`execute_tool ${data.tool}`, event, attributes));
  }

  endTool(event: EventOf<'tool-call-end'>): void {
    const { at, data } = event;
    const key = toolKey(data);
    const span = this.#tools.get(key) ?? this.#child(`execute_tool ${data.tool}`, event, toolAttributes(data));
    this.#tools.delete(key);
    if (data.error?.code === 'TOOL_UNKNOWN') {
      // The name of no tool is the model's own words.
      span.updateName('execute_tool unknown');
      span.setAttribute('gen_ai.tool.name', 'unknown');
    }
    if (data.isFromCache === true) span.setAttribute('mao.tool.from_cache', true);
    if (data.bytes !== undefined) span.setAttribute('mao.tool.result_bytes', data.bytes);
    const { content } = this.#parts;
    if (content !== undefined && data.excerpt !== undefined)
      span.setAttribute('gen_ai.tool.call.result', content.text(data.excerpt));
    this.#close(span, at, data.outcome, data.error);
  }

  /** Another agent takes over within the task: what follows stands under its span. */
  handOver(event: EventOf<'handoff-start'>): void {
    const { mode, to, toName } = event.data;
    if (mode !== 'handoff') return;
    this.#endSuccessor(event.at, 'completed');
    const attributes = agentAttributes({ agentId: to, agentName: toName, taskId: this.#parts.taskId });
    this.#successor = this.#child(invokeName(toName), event, attributes);
  }

  /** Something of note happened: codes and names of it, no words. */
  note(event: NotedEvent): void {
    const span = this.#successor ?? this.#agent;
    span?.addEvent(event.type, noteOf(event), hrTime(event.at));
  }

  /** The task waits without a slot. Its span ends, but where it waits for tasks that it gave to others. */
  park({ at, data }: EventOf<'task-park'>): void {
    if (data.reason === 'children') return;
    this.#agent?.setAttribute('mao.parked', data.reason);
    this.#closeOpen(at, 'parked');
    this.#endAgent(at, 'parked');
  }

  /** The agent is done; the end of the task, which follows, tells the rest. */
  endRun({ at, data }: EventOf<'run-end'>): void {
    this.#agent?.setAttributes({ ...usageAttributes(data.usage), 'mao.turns': data.turns });
    this.#ended = { at, outcome: data.outcome };
  }

  /** The task has ended. */
  end({ at, data }: EventOf<'task-end'>): void {
    const endedAt = this.#ended?.at ?? at;
    this.#closeOpen(endedAt, data.status);
    if (data.costUsd !== undefined) this.#agent?.setAttribute('mao.cost_usd', data.costUsd);
    if (data.deadLetterId !== undefined) this.#agent?.setAttribute('mao.dead_letter.id', data.deadLetterId);
    this.#endAgent(endedAt, data.status, data.error);
  }

  /** Nobody will say how it ended: the process stops, or the task is taken up anew. */
  abandon(at: number): void {
    const { at: endedAt = at, outcome = 'abandoned' } = this.#ended ?? {};
    this.#closeOpen(endedAt, outcome);
    this.#endAgent(endedAt, outcome);
  }

  #closeOpen(at: number, outcome: string): void {
    for (const key of this.#chats.keys()) this.#closeChat(key, at, outcome);
    for (const span of this.#tools.values()) this.#close(span, at, outcome);
    this.#tools.clear();
    this.#endSuccessor(at, outcome);
  }

  #closeChat(key: string, at: number, outcome: string): void {
    const chat = this.#chats.get(key);
    if (chat === undefined) return;
    this.#chats.delete(key);
    this.#close(chat.span, at, outcome);
  }

  #endSuccessor(at: number, outcome: string): void {
    if (this.#successor !== undefined) this.#close(this.#successor, at, outcome);
    this.#successor = undefined;
  }

  #endAgent(at: number, outcome: string, error?: SerializedError): void {
    if (this.#agent !== undefined) this.#close(this.#agent, at, outcome, error);
    this.#agent = undefined;
  }

  #close(span: Span, at: number, outcome: string, error?: SerializedError): void {
    span.setAttribute('mao.outcome', outcome);
    if (outcome !== 'cancelled' && outcome !== 'parked' && (error !== undefined || !isGood(outcome))) {
      span.setAttribute('error.type', error?.code ?? outcome);
      const words = this.#parts.content === undefined ? undefined : error?.message;
      span.setStatus({
        code: SpanStatusCode.ERROR,
        message: words === undefined ? (error?.code ?? outcome) : (this.#parts.content?.text(words) ?? ''),
      });
    }
    span.end(hrTime(at));
  }

  #child(name: string, moment: Moment, attributes: Attributes, kind = SpanKind.INTERNAL): Span {
    const parent = (this.#successor ?? this.#agent)?.spanContext();
    return this.#start(name, { at: moment.at, key: `${moment.seq}`, attributes, parent, kind });
  }

  /** The span this one's agent works for, as far as it is known. */
  #parent(): SpanContext | undefined {
    const { parent, parentTaskId } = this.#parts;
    if (parent !== undefined || parentTaskId === undefined) return parent;
    // Another process works on the parent: the ids it gave follow from the id of the task.
    return {
      traceId: traceIdOf(parentTaskId),
      spanId: spanIdOf(parentTaskId),
      traceFlags: TraceFlags.SAMPLED,
      isRemote: true,
    };
  }

  #start(
    name: string,
    options: {
      readonly at: number;
      readonly key: string | undefined;
      readonly attributes: Attributes;
      readonly parent: SpanContext | undefined;
      readonly kind?: SpanKind;
      readonly links?: { readonly context: SpanContext }[];
    },
  ): Span {
    const { at, key, attributes, parent, kind = SpanKind.INTERNAL, links = [] } = options;
    const { ids, taskId, tracer } = this.#parts;
    const context = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
    const spanId = spanIdOf(taskId, key === undefined ? undefined : `${this.#lineage ?? ''}${key}`);
    ids.prepare({ traceId: traceIdOf(taskId), spanId });
    return tracer.startSpan(name, { kind, attributes, links, startTime: hrTime(at) }, context);
  }
}

function invokeName(agentName: string | undefined): string {
  return agentName === undefined ? 'invoke_agent' : `invoke_agent ${agentName}`;
}

function chatKey({ turn, model, attempt }: { turn: number; model: string; attempt: number }): string {
  return `${turn} ${attempt} ${model}`;
}

function toolKey({ turn, callId }: { turn: number; callId: string }): string {
  return `${turn} ${callId}`;
}

function isGood(outcome: string): boolean {
  return outcome === 'ok' || outcome === 'completed' || outcome === 'skipped';
}

function hrTime(at: number): HrTime {
  const seconds = Math.floor(at / 1_000);
  return [seconds, Math.round((at - seconds * 1_000) * 1e6)];
}
