import type { AnyTemplate } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';

/** Checks parameters by a template's schema. @throws OrchestratorError TEMPLATE_PARAMETERS_INVALID */
export function readParameters(schema: AnyTemplate['parameters'], parameters: unknown, what: string): unknown {
  const checked = schema.safeParse(parameters);
  if (checked.success) return checked.data;
  const problems = checked.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'parameters'}: ${issue.message}`);
  throw new OrchestratorError('TEMPLATE_PARAMETERS_INVALID', `${what}: ${problems.join('; ')}.`);
}
