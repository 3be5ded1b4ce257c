import type { JsonSchema } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import type { Clause } from '../text/clauses.js';
import type { Material } from './material.js';
import type { Seed } from './seed.js';
import type { Trade } from './trade.js';

/** All that the arguments of one call are made from. */
export interface Occasion {
  /** What the tool does; absent for a tool of no known trade. */ readonly trade: Trade | undefined;
  /** The sentence that asks for it. */ readonly clause: Clause;
  /** The whole text of the user. */ readonly goal: string;
  /** What this call is about. */ readonly seed: Seed;
  readonly material: Material;
  /** Values that other properties of the same call have taken. */ readonly given?: readonly Json[];
}

/** A property that wants a value. */
export interface Ask {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly root: JsonSchema;
  readonly isRequired: boolean;
  readonly occasion: Occasion;
}
