import type { EngineCaps, EngineOptions } from '@master-orchestrator/contracts';
import { SqliteEngine } from '@master-orchestrator/engine-sqlite';

/**
 * A task engine to begin with: it works, on one file, because it is the SQLite engine. Replace it method by method; the
 * suite in `test/` stays green from the first change to the last. State in `caps` what yours can do, and nothing more.
 */
export class {{pascal}}Engine extends SqliteEngine {
  constructor(file: string, host: EngineOptions) {
    super(file, host);
  }

  override get caps(): EngineCaps {
    return { ...super.caps, name: '{{kebab}}' };
  }
}
