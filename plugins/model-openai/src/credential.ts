import { createHash } from 'node:crypto';
import { OrchestratorError } from '@master-orchestrator/errors';

/** A secret, or what fetches it. */
export type SecretSource = string | (() => string | Promise<string>);

/** Characters of the hash that name a credential: enough to tell a few apart, useless to find it. */
const ID_LENGTH = 12;

/** The key or token of one provider. Nothing of it but a hash leaves this file, except into the request's header. */
export class Credential {
  readonly #source: SecretSource;
  readonly #provider: string;
  readonly #option: string;
  #secret: string | undefined;
  #id: string | undefined;

  /**
   * @param option - Name of the option the secret was given as, for messages.
   * @throws OrchestratorError CREDENTIAL_MISSING where it is empty, CONFIG_INVALID where no header can hold it.
   */
  constructor(provider: string, option: string, source: SecretSource) {
    this.#provider = provider;
    this.#option = option;
    this.#source = source;
    if (typeof source === 'string') this.#take(source);
  }

  /** Short name made from a hash of the secret; absent until the secret is known. */
  get id(): string | undefined {
    return this.#id;
  }

  /** The secret; asked for anew with each call where a function was given, so that tokens may rotate. */
  read(): string | Promise<string> {
    return typeof this.#source === 'string' ? (this.#secret ?? '') : this.#fetch(this.#source);
  }

  async #fetch(source: () => string | Promise<string>): Promise<string> {
    let secret: string;
    try {
      secret = await source();
    } catch (cause) {
      if (OrchestratorError.isInstance(cause)) throw cause;
      const message = `The function given as ${this.#option} of the model provider "${this.#provider}" failed, so there is no key to call with. Look at the cause.`;
      throw new OrchestratorError('CREDENTIAL_MISSING', message, { cause, details: { provider: this.#provider } });
    }
    return this.#take(secret);
  }

  #take(given: string): string {
    const secret = typeof given === 'string' ? given.trim() : '';
    if (secret === '') throw missingKey(this.#provider, this.#option);
    if (!/^[\x21-\x7e]+$/.test(secret)) {
      const message = `Option ${this.#option} of the model provider "${this.#provider}" holds characters that no key has (a space or line break within?). Copy the key again.`;
      throw new OrchestratorError('CONFIG_INVALID', message, {
        details: { provider: this.#provider, option: this.#option },
      });
    }
    if (secret !== this.#secret) {
      this.#secret = secret;
      this.#id = createHash('sha256').update(`credential:${secret}`).digest('hex').slice(0, ID_LENGTH);
    }
    return secret;
  }
}

/** The error of a key that is needed and not there. */
export function missingKey(provider: string, option: string, url?: string): OrchestratorError {
  const variable = option.startsWith('azure.') ? 'AZURE_OPENAI_API_KEY' : 'OPENAI_API_KEY';
  const where = url === undefined ? '' : ` for ${url}`;
  const message = `Model provider "${provider}" has no key${where}. Set the option ${option} (from the environment variable ${variable}, where the configuration reads one), or use the offline model.`;
  return new OrchestratorError('CREDENTIAL_MISSING', message, { details: { provider, option, variable } });
}
