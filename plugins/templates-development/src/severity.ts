import { z } from 'zod';

/** How much a finding matters, from the worst down. */
export const severitySchema = z
  .enum(['critical', 'high', 'medium', 'low', 'info'])
  .describe(
    'critical: exploitable or loses data now. high: wrong in normal use. medium: wrong in rare cases. low: hard to maintain. info: worth knowing.',
  );

/** One of the severities. */
export type FindingSeverity = z.output<typeof severitySchema>;
