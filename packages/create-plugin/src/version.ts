/** Version of this package, and of those that a new plugin asks for. */
export const version = '0.1.0';
