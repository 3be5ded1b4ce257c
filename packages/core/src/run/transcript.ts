import type { ModelItem, ToolCallItem, ToolResultItem } from '@master-orchestrator/contracts';

/** The conversation of a run. Every tool call in it has exactly one result. */
export class Transcript {
  #items: readonly ModelItem[];
  #answers = 0;
  #characters: number;
  /** What this run has added, whatever was cut since. */ readonly #added: ModelItem[] = [];
  readonly #notes = new Set<ModelItem>();
  #isCompacted = false;
  #isEdited = false;

  constructor(items: readonly ModelItem[]) {
    this.#items = items;
    this.#characters = charactersOf(items);
  }

  /** A snapshot; later additions do not change it. */
  get items(): readonly ModelItem[] {
    return this.#items;
  }

  /** Length of all text in it, in characters; a lower bound that is cheap to keep. */
  get characters(): number {
    return this.#characters;
  }

  /** How many answers of a model have been added. */
  get answers(): number {
    return this.#answers;
  }

  /** Adds a model's answer; ids of calls are made unique first. Returns its tool calls. */
  addAnswer(items: readonly ModelItem[]): ToolCallItem[] {
    this.#answers += 1;
    const unique = withUniqueCallIds(items, this.#usedCallIds(), this.#answers);
    this.add(...unique);
    return unique.filter((item) => item.type === 'tool-call');
  }

  /** Adds messages or results. */
  add(...items: readonly ModelItem[]): void {
    this.#items = [...this.#items, ...items];
    this.#characters += charactersOf(items);
    this.#added.push(...items);
  }

  /** Begins with an earlier conversation, which is not part of what this run adds. */
  addHistory(items: readonly ModelItem[]): void {
    if (items.length === 0) return;
    this.#items = [...items, ...this.#items];
    this.#characters += charactersOf(items);
  }

  /** Adds a word of the runner to the model: part of this run, and of no session. */
  note(text: string): void {
    const item: ModelItem = { type: 'message', role: 'system', content: text };
    this.#notes.add(item);
    this.add(item);
  }

  /** Replaces everything, after an edit. Calls left without a result get one that says so. */
  replace(items: readonly ModelItem[]): void {
    this.#isEdited = true;
    this.#put(items);
  }

  /** Replaces everything by a shorter form of itself. */
  compactTo(items: readonly ModelItem[]): void {
    this.#isCompacted = true;
    this.#put(items);
  }

  /**
   * What a session keeps of this run: what was said in it, or the whole conversation in its shorter form. What a handoff
   * or a hook let the model see stays the business of the run.
   */
  forSession(): { readonly isWhole: boolean; readonly items: readonly ModelItem[] } {
    const isWhole = this.#isCompacted && !this.#isEdited;
    const items = isWhole ? this.#items : this.#added;
    return { isWhole, items: paired(this.#notes.size === 0 ? items : items.filter((item) => !this.#notes.has(item))) };
  }

  #put(items: readonly ModelItem[]): void {
    this.#items = paired(items);
    this.#characters = charactersOf(this.#items);
  }

  /** Gives calls without a result one that says so. Returns true where something was missing. */
  pair(): boolean {
    const before = this.#items;
    this.#items = paired(before);
    return this.#items !== before;
  }

  #usedCallIds(): Set<string> {
    const used = new Set<string>();
    for (const item of this.#items) if (item.type === 'tool-call') used.add(item.callId);
    return used;
  }
}

/** Gives each call without an id of its own a fresh one (TOOL_CALL_ID_INVALID): `call_<answer>_<position>`. */
function withUniqueCallIds(items: readonly ModelItem[], used: Set<string>, answer: number): readonly ModelItem[] {
  let changed: ModelItem[] | undefined;
  for (const [position, item] of items.entries()) {
    if (item.type !== 'tool-call') continue;
    const callId = item.callId === '' || used.has(item.callId) ? `call_${answer}_${position}` : item.callId;
    used.add(callId);
    if (callId !== item.callId) (changed ??= [...items])[position] = { ...item, callId };
  }
  return changed ?? items;
}

/** The items with every call answered once: missing results are added, results without a call left out. */
export function paired(items: readonly ModelItem[]): readonly ModelItem[] {
  const open = new Map<string, ToolCallItem>();
  const kept: ModelItem[] = [];
  let isChanged = false;
  const close = (): void => {
    for (const call of open.values()) {
      kept.push(missingResult(call));
      isChanged = true;
    }
    open.clear();
  };
  for (const item of items) {
    if (item.type === 'tool-call') open.set(item.callId, item);
    else if (item.type === 'tool-result') {
      if (!open.delete(item.callId)) {
        isChanged = true;
        continue;
      }
    } else if (item.type === 'message' && item.role !== 'assistant') close();
    kept.push(item);
  }
  close();
  return isChanged ? kept : items;
}

function missingResult(call: ToolCallItem): ToolResultItem {
  return {
    type: 'tool-result',
    callId: call.callId,
    name: call.name,
    output: 'cancelled: this call gave no result',
    isError: true,
  };
}

/** Length of all text in items, in characters. */
export function charactersOf(items: readonly ModelItem[]): number {
  let characters = 0;
  for (const item of items) {
    if (item.type === 'tool-result') characters += item.output.length;
    else if (item.type === 'tool-call') characters += item.arguments.length;
    else if (item.type === 'message') {
      if (typeof item.content === 'string') characters += item.content.length;
      else for (const part of item.content) characters += part.type === 'text' ? part.text.length : 1_000;
    }
  }
  return characters;
}

/** Text of the assistant's messages in an answer. */
export function textOf(items: readonly ModelItem[]): string {
  let text = '';
  for (const item of items) {
    if (item.type !== 'message' || item.role !== 'assistant') continue;
    if (typeof item.content === 'string') text += item.content;
    else for (const part of item.content) if (part.type === 'text') text += part.text;
  }
  return text;
}

/** The model's words of refusal, where it refused. */
export function refusalOf(items: readonly ModelItem[]): string | undefined {
  for (const item of items) if (item.type === 'message' && item.refusal !== undefined) return item.refusal;
  return undefined;
}
