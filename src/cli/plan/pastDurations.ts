import type { Connection } from '../../lib/database/connection.ts';

/** The last ones tell how it is now; enough of them that one odd run tells nothing. */
const RUNS = 20;

const MEDIANS = `
SELECT j.job, percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM r.finished_at - r.started_at)) * 1000 AS ms
FROM jsonb_array_elements_text($1) AS j (job)
CROSS JOIN LATERAL nightshift.list_runs(NULL, j.job, ARRAY['succeeded'], NULL, NULL, $2) AS r
WHERE r.started_at IS NOT NULL
GROUP BY j.job`;

/** By job, the median of its last runs in the connection's database that succeeded, in milliseconds. */
export async function pastDurations(
  connection: Connection,
  jobs: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await connection.query(MEDIANS, [JSON.stringify(jobs), String(RUNS)]);
  return new Map(rows.map((row) => [row['job'] ?? '', Math.max(Number(row['ms']), 0)]));
}
