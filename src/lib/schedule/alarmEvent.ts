import { type Alarm, type AlarmEvent, makeEvent } from '../messages/event.ts';
import { encodeEvent } from '../messages/fitEvent.ts';
import type { AlarmData } from '../messages/runData.ts';
import type { Worker } from '../runs/worker.ts';

/** @param id what tells this alarm from every other; the same whenever the same one is told */
export function alarmEvent(
  worker: Pick<Worker, 'eventSource' | 'now'>,
  alarm: Alarm,
  id: string,
  data: AlarmData,
): Uint8Array {
  return encodeEvent(
    makeEvent<AlarmEvent>({
      type: `nightshift.job.${alarm}`,
      source: worker.eventSource,
      id: `${id}/${alarm}`,
      subject: data.job,
      time: new Date(worker.now()).toISOString(),
      data,
    }),
  );
}
