import type { ModelDelta, ModelResponse } from '@master-orchestrator/contracts';
import type { CallFailures } from '../failures.js';
import type { AnswerHeaders, AnswerReader, Progress } from '../transport/exchange.js';
import { SseReader } from '../transport/sse-reader.js';
import { announcedLimits } from './announced-limits.js';
import { isObject, type JsonObject } from './json-value.js';
import type { AnswerBody, AnswerContext, StreamAssembler, WireApi } from './wire-api.js';

/** What reading one answer needs. */
export interface ReaderSetting extends Omit<AnswerContext, 'malformed' | 'reported'> {
  readonly wire: WireApi;
  readonly failures: CallFailures;
}

/** Of an error body this much is read, in bytes. */
const ERROR_BYTES = 65_536;
/** Of an answer that is no JSON this much is read, in bytes, to say what it is. */
const FOREIGN_BYTES = 4_096;

type Mode = 'json' | 'events' | 'error' | 'foreign';

/**
 * Reads one answer, plain or streamed, whichever the server sends: its content type counts, not what was asked for.
 */
export class HttpAnswerReader implements AnswerReader<ModelResponse> {
  readonly #setting: ReaderSetting;
  readonly #context: AnswerContext;
  #mode: Mode = 'json';
  #status = 0;
  #headers: AnswerHeaders = {};
  #chunks: Buffer[] = [];
  #bytes = 0;
  #sse: SseReader | undefined;
  #assembler: StreamAssembler | undefined;
  #progress: Progress = 'waiting';
  #isEnding = false;

  constructor(setting: ReaderSetting) {
    this.#setting = setting;
    const { request, origin, callIds, onDelta, failures } = setting;
    this.#context = {
      request,
      origin,
      callIds,
      onDelta,
      malformed: (what) => failures.malformed(what),
      reported: (report) => failures.reported(report, this.#headers),
    };
  }

  begin(status: number, headers: AnswerHeaders): { readonly isStream: boolean } {
    this.#status = status;
    this.#headers = headers;
    this.#mode = this.#modeOf(status, headers);
    if (this.#mode !== 'events') return { isStream: false };
    this.#assembler = this.#setting.wire.assemble(this.#context);
    this.#sse = new SseReader(this.#onEvent);
    return { isStream: true };
  }

  read(chunk: Buffer): Progress {
    if (this.#sse) {
      this.#sse.push(chunk);
      return this.#progress;
    }
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const enough = this.#mode === 'error' ? ERROR_BYTES : this.#mode === 'foreign' ? FOREIGN_BYTES : Infinity;
    return this.#bytes >= enough ? 'enough' : 'waiting';
  }

  finish(): ModelResponse {
    const answer = this.#answer();
    const limits = announcedLimits(this.#headers);
    return limits === undefined ? answer : { ...answer, limits };
  }

  #answer(): AnswerBody {
    if (this.#mode === 'events') return this.#streamed();
    if (this.#mode === 'json') return this.#plain();
    const { failures } = this.#setting;
    if (this.#mode === 'error') throw failures.ofStatus(this.#status, this.#headers, this.#text());
    throw failures.malformed(`is ${String(this.#headers['content-type'])}, not JSON`, this.#text());
  }

  #modeOf(status: number, headers: AnswerHeaders): Mode {
    if (status < 200 || status > 299) return 'error';
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      throw this.#setting.failures.malformed(
        `is compressed (${String(encoding)}) although nothing of the kind was asked for`,
      );
    }
    const type = headers['content-type'];
    if (typeof type !== 'string') return this.#setting.onDelta ? 'events' : 'json';
    if (/^text\/event-stream\b/i.test(type)) return 'events';
    return /^application\/([\w.-]+\+)?json\b/i.test(type) ? 'json' : 'foreign';
  }

  readonly #onEvent = (data: string, name: string | undefined): void => {
    if (this.#progress === 'closed' || this.#assembler === undefined) return;
    if (data.startsWith('[') && data.trim() === '[DONE]') {
      this.#progress = this.#assembler.done();
      return;
    }
    const event = parse(data);
    if (event !== undefined) return this.#take(event, name);
    if (name === 'error') throw this.#context.reported({ error: data });
    // Servers that leave out the empty line between two events are read all the same.
    if (data.includes('\n')) for (const line of data.split('\n')) this.#onEvent(line, name);
    else if (!this.#isEnding) throw this.#setting.failures.brokenLine(data);
  };

  #take(event: JsonObject, name: string | undefined): void {
    if (name === 'error') throw this.#context.reported('error' in event ? event : { error: event });
    if (this.#assembler) this.#progress = this.#assembler.accept(event);
  }

  #streamed(): AnswerBody {
    this.#isEnding = true;
    this.#sse?.end();
    const answer = this.#assembler?.finish();
    if (answer === undefined) throw this.#setting.failures.cut();
    return answer;
  }

  #plain(): AnswerBody {
    const { wire, failures, onDelta } = this.#setting;
    const text = this.#text();
    if (text.trim() === '') throw failures.malformed('is empty');
    const body = parse(text);
    if (body === undefined) throw failures.malformed('is no JSON object', text);
    const answer = wire.readBody(body, this.#context);
    if (onDelta) tellWhole(answer, onDelta);
    return answer;
  }

  #text(): string {
    const [first] = this.#chunks;
    return first !== undefined && this.#chunks.length === 1
      ? first.toString('utf8')
      : Buffer.concat(this.#chunks).toString('utf8');
  }
}

/** The JSON object in a text. */
function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Tells an answer that came in one piece although a stream was asked for. */
function tellWhole(answer: AnswerBody, onDelta: (delta: ModelDelta) => void): void {
  for (const item of answer.items) {
    if (item.type === 'tool-call') {
      onDelta({ type: 'tool-arguments', callId: item.callId, name: item.name, text: item.arguments });
    } else if (item.type === 'message') {
      if (typeof item.content === 'string' && item.content !== '') onDelta({ type: 'text', text: item.content });
      if (item.refusal !== undefined) onDelta({ type: 'refusal', text: item.refusal });
    }
  }
}
