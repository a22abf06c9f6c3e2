/** A date as Newtonsoft.Json writes it: no trailing zeros in the fraction, and the offset spelled out. */
export function netDate(date: Date): string {
  return date.toISOString().replace(/\.?0*Z$/, '+00:00');
}
