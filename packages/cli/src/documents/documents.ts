import { z } from 'zod';
import { errorDocument, eventDocument, waitingDocument } from './common-documents.js';
import * as project from './project-documents.js';
import * as tasks from './task-documents.js';
import * as work from './work-documents.js';

/** What each command prints with `--json`, by its name (`tasks-list`); also `error`, in place of it, and `event`, before it. */
export const DOCUMENTS: Readonly<Record<string, z.ZodType>> = {
  error: errorDocument,
  event: eventDocument,
  init: work.initDocument,
  run: work.runDocument,
  achieve: work.achieveDocument,
  serve: work.serveDocument,
  worker: work.workerDocument,
  'tasks-list': tasks.tasksDocument,
  'tasks-show': tasks.taskDocument,
  'tasks-cancel': tasks.cancelDocument,
  'tasks-retry': work.retryDocument,
  'approvals-list': tasks.approvalsDocument,
  'approvals-answer': waitingDocument,
  'agents-list': project.agentsDocument,
  'agents-check': project.agentsCheckDocument,
  templates: project.templatesDocument,
  tools: project.toolsDocument,
  'plugins-list': project.pluginsDocument,
  'plugins-show': project.pluginDocument,
  'plugins-check': project.pluginCheckDocument,
  'plugins-add': project.pluginAddDocument,
  'plugins-wiring': project.wiringDocument,
  'config-show': project.configDocument,
  'config-check': project.configCheckDocument,
  doctor: project.doctorDocument,
  completion: project.completionDocument,
};

/** The JSON Schema of every document, each under its name in `$defs`. */
export function documentsJsonSchema(): Record<string, unknown> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'What mao prints with --json',
    description:
      'Each command prints one document of its name, or "error" in its place; with --events lines of "event" before it. Fields may be added in a minor release.',
    $defs: Object.fromEntries(Object.entries(DOCUMENTS).map(([name, document]) => [name, schemaOf(name, document)])),
  };
}

/** A document that holds itself refers to its own place. */
function schemaOf(name: string, document: z.ZodType): unknown {
  const { $schema: _, ...schema } = z.toJSONSchema(document, { io: 'input' });
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#"', `"$ref":"#/$defs/${name}"`));
}
