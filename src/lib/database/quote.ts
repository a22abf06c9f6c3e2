/** For the few places where a name or a value cannot be a parameter: roles, and batches of statements. */
export { escapeIdentifier as quoteIdentifier, escapeLiteral as quoteLiteral } from 'pg';
