const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of `90s`, `10m`, `2h` or `1h30m`; units ms, s, m, h, d, each once, largest first. Otherwise null. */
export function parseDuration(text: string): number | null {
  const match = /^(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?(?:(\d{1,9})ms)?$/.exec(text);
  if (!match || text === '') return null;
  const [, d = 0, h = 0, m = 0, s = 0, ms = 0] = match;
  return (
    Number(d) * UNIT_MS.d +
    Number(h) * UNIT_MS.h +
    Number(m) * UNIT_MS.m +
    Number(s) * UNIT_MS.s +
    Number(ms) * UNIT_MS.ms
  );
}
