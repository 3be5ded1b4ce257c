import { expect, it } from 'vitest';
import * as face from '../src/index.js';
import manifest from '../package.json' with { type: 'json' };

it('offers these names and no others', () => {
  expect(Object.keys(face).toSorted()).toMatchInlineSnapshot(`
    [
      "EFFECTS",
      "EVENT_STREAM",
      "IDS",
      "LOGGER",
      "NO_USAGE",
      "OrchestratorError",
      "PHASES",
      "TASK_STATUSES",
      "TOOL_ACCESS_LEVELS",
      "TOOL_CATEGORIES",
      "addUsage",
      "assertNever",
      "defineAgent",
      "defineTeamTemplate",
      "defineTemplate",
      "defineTool",
      "isFinalPhase",
      "isSchema",
      "optional",
      "problemOfTool",
      "readOptions",
      "silentLogger",
    ]
  `);
});

it('has these entries', () => {
  expect(Object.keys(manifest.exports)).toMatchInlineSnapshot(`
    [
      ".",
      "./package.json",
    ]
  `);
});
