import type { OrchestratorEvent } from '@master-orchestrator/contracts';

/** What stands between the words of two turns, and where an attempt was cut and begun anew with other words. */
const SEPARATOR = '\n\n';

/**
 * One text out of the pieces of an agent's answers. Words cannot be taken back once they were sent: where an attempt was
 * cut and the next one says the same, nothing is said twice; where it says something else, a blank line separates them.
 */
export class TextStream {
  #turn = 0;
  /** Text of the present turn and attempt. */ #text = '';
  /** What was sent of the present turn. */ #sent = '';
  #hasSent = false;

  /** Takes an event of the task in; returns what is to be sent. */
  push(event: OrchestratorEvent): string {
    if (event.type === 'model-call-restart') this.#text = '';
    if (event.type !== 'model-call-delta' || event.data.kind !== 'text') return '';
    if (event.data.turn !== this.#turn) {
      this.#turn = event.data.turn;
      this.#text = '';
      this.#sent = '';
    }
    this.#text += event.data.text;
    return this.#catchUp(this.#text);
  }

  /** The whole final text is known: returns what is left to send. */
  end(text: string): string {
    if (this.#sent === text) return '';
    const rest = this.#catchUp(text);
    return rest === '' && text !== '' && !this.#sent.startsWith(text) ? this.#anew(text) : rest;
  }

  #catchUp(text: string): string {
    if (text.startsWith(this.#sent)) {
      const rest = text.slice(this.#sent.length);
      if (rest === '') return '';
      const isNewTurn = this.#sent === '' && this.#hasSent;
      this.#sent = text;
      this.#hasSent = true;
      return isNewTurn ? SEPARATOR + rest : rest;
    }
    // Still within what was sent: the new attempt may be saying the same again.
    return this.#sent.startsWith(text) ? '' : this.#anew(text);
  }

  #anew(text: string): string {
    this.#sent = text;
    return SEPARATOR + text;
  }
}
