import pg from 'pg';

/** For the few places where SQL takes no parameter: names, and literals in utility statements. */
export const quoteIdentifier = (name: string): string => pg.escapeIdentifier(name);

/** Right whatever standard_conforming_strings says: a backslash makes it an E'' literal. */
export const quoteLiteral = (text: string): string => pg.escapeLiteral(text);
