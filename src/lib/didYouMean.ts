import { distance } from 'fastest-levenshtein';

/** ` Did you mean "schedule"?` for the nearest of the known names, or nothing where none is near. */
export function didYouMean(given: string, known: readonly string[]): string {
  const nearest = known
    .map((name) => ({ name, away: distance(given.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.away - b.away)[0];
  if (!nearest) return '';
  // Two letters swapped are two edits; as many edits as letters are another word.
  const { length } = nearest.name;
  if (nearest.away > Math.max(2, Math.floor(length / 3)) || nearest.away >= length) return '';
  return ` Did you mean "${nearest.name}"?`;
}
