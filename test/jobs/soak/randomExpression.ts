/** Whole numbers in [0, limit), the same for the same seed. */
export type Random = (limit: number) => number;

/** A linear congruential generator (Numerical Recipes): a difference must be found again by its seed. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/**
 * Six fields of every kind, hours mostly those at which clocks are changed. Some never occur, such as `LW` together
 * with a step over the week that leaves Sunday and Saturday.
 */
export function randomExpression(random: Random): string {
  const second = random(8) === 0 ? plainField(random, 0, 59) : '0';
  const minute = second.includes('*') ? String(random(60)) : plainField(random, 0, 59);
  const hour = plainField(random, 0, random(3) === 0 ? 23 : 4, 23);
  const month = random(3) === 0 ? plainField(random, 1, 12) : '*';
  const day = random(3) === 0 ? dayField(random) : '*';
  const weekday = random(3) === 0 ? weekdayField(random) : '*';
  return [second, minute, hour, day, month, weekday].join(' ');
}

/** @param greatest what a step may reach, where `max` is smaller only to draw from */
function plainField(random: Random, min: number, max: number, greatest = max): string {
  const value = () => min + random(max - min + 1);
  const range = () => {
    const [from, to] = [value(), value()];
    return `${Math.min(from, to)}-${Math.max(from, to)}`;
  };
  const step = () => 1 + random(greatest - min);
  switch (random(7)) {
    case 0:
      return '*';
    case 1:
      return `*/${step()}`;
    case 2:
      return range();
    case 3:
      return `${range()}/${step()}`;
    case 4:
      return [...new Set([value(), value(), value()])].join(',');
    default:
      return String(value());
  }
}

function dayField(random: Random): string {
  // To the 28th: what never occurs is refused.
  const kinds = ['L', 'LW', `${1 + random(28)}W`, plainField(random, 1, 28), plainField(random, 1, 28, 31)];
  return kinds[random(kinds.length)] ?? 'L';
}

function weekdayField(random: Random): string {
  const kinds = [`${random(7)}L`, `${random(7)}#${1 + random(4)}`, plainField(random, 0, 6)];
  return kinds[random(kinds.length)] ?? '1';
}
