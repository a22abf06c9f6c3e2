import { distance } from 'fastest-levenshtein';

/** ` Did you mean "schedule"?` for the nearest of the known names, or nothing where none is near. */
export function didYouMean(given: string, known: readonly string[]): string {
  const nearest = known
    .map((name) => ({ name, away: distance(given.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.away - b.away)[0];
  if (!nearest || nearest.away > Math.max(1, Math.floor(nearest.name.length / 3))) return '';
  return ` Did you mean "${nearest.name}"?`;
}
