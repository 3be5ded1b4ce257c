import { KEEPING_FUNCTIONS } from './keeping-functions.js';
import { RUN_FUNCTIONS } from './run-functions.js';
import { STATE_FUNCTIONS } from './state-functions.js';
import { SUBMIT_FUNCTIONS } from './submit-functions.js';
import { TABLES } from './tables.js';
import { TASK_FUNCTIONS } from './task-functions.js';
import { WAIT_FUNCTIONS } from './wait-functions.js';

/**
 * The steps from an empty schema to the present layout. The store notes how many it has seen. A step is never edited once
 * released: a change is a new step, and a function that is called by older processes keeps its name and parameters.
 */
export const MIGRATIONS: readonly string[] = [
  [TABLES, TASK_FUNCTIONS, SUBMIT_FUNCTIONS, RUN_FUNCTIONS, WAIT_FUNCTIONS, KEEPING_FUNCTIONS, STATE_FUNCTIONS].join(
    '\n',
  ),
];
