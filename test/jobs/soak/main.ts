import { parseArgs } from 'node:util';
import { randomOf } from './randomExpression.ts';
import { soakZone } from './soakZone.ts';

/**
 * `npm run soak:schedules`: every zone of the tz database, ten years, thousands of random schedules, against other
 * libraries and the clocks themselves. Minutes, not seconds: `npm test` runs a short form.
 */
const { values } = parseArgs({
  options: {
    expressions: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    zone: { type: 'string', multiple: true },
  },
});
const seed = Number(values.seed);
const zones = values.zone ?? [...Intl.supportedValuesOf('timeZone'), 'UTC'];
const expressions = Number(values.expressions);
console.log(`${zones.length} zones, ${expressions} schedules in each, --seed ${seed}`);

let occurrences = 0;
let changes = 0;
let different = 0;
for (const [index, zone] of zones.entries()) {
  const soak = soakZone(zone, expressions, randomOf(seed + index));
  occurrences += soak.occurrences;
  changes += soak.changes;
  different += soak.differences.length;
  for (const difference of soak.differences) console.error(difference);
  if (index % 50 === 49) console.log(`${index + 1} zones, ${occurrences} occurrences`);
}
console.log(
  `${zones.length * expressions} schedules in ${zones.length} zones, whose clocks were changed ${changes} times: ` +
    `${occurrences} occurrences, ${different} schedules differ.`,
);
if (different > 0) process.exitCode = 1;
