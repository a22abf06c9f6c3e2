/**
 * A line of CSV (RFC 4180, with line feeds, as psql writes it). NULL is an empty field and the empty text is "", which
 * keeps them apart as PostgreSQL's COPY does.
 */
export function csvLine(values: readonly (string | null)[]): string {
  return values.map(field).join(',');
}

function field(value: string | null): string {
  if (value === null) return '';
  return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
