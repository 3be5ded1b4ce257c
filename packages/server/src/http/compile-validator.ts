import type { FastifySchemaCompiler } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import type { ZodType } from 'zod';

/** Checks a part of a request with its zod schema. Fastify says null where a request has no body; for a schema that is nothing. */
export const compileValidator: FastifySchemaCompiler<ZodType> = (place) => {
  const validate = validatorCompiler(place);
  return place.httpPart === 'body' ? (body: unknown) => validate(body ?? undefined) : validate;
};
