import type { ToldEvent } from '../answers.ts';
import type { Effect, LedgerRow } from '../database.ts';
import type { Sent } from '../feed.ts';
import type { Request } from '../plan/request.ts';
import { type Evidence, outcomeOf, runIdsOf } from './evidence.ts';
import { explainedByFaults } from './explained.ts';
import type { Finding, FindingKind } from './finding.ts';

/** Holds what was told of a request's run against the ledger, and both against what the run did. */
export function judgeRun(sent: Sent, evidence: Evidence): Finding[] {
  return runIdsOf(sent).flatMap((runId) => {
    const told = evidence.runEvents.get(runId) ?? [];
    const row = evidence.rows.get(runId);
    const effects = evidence.effects.get(runId) ?? [];
    const faults = [
      ...judgeOutcome(row, told),
      ...judgeEffects(sent.request, told[0], effects),
      ...judgeExpectation(sent.request, told[0]),
    ];
    return faults.map(
      ([kind, what]): Finding => ({
        kind,
        token: sent.request.token,
        what: `${runId}: ${what}`,
        ids: [runId, ...sent.messageIds],
      }),
    );
  });
}

type Fault = [FindingKind, string];

function judgeOutcome(row: LedgerRow | undefined, told: readonly ToldEvent[]): Fault[] {
  const [event, ...others] = told;
  if (row === undefined) {
    return event === undefined
      ? [['lost', 'neither the ledger nor an event knows of it.']]
      : [['disagreement', `${event.type} was told, and the ledger has no row for it.`]];
  }
  if (row.event === null) {
    const what = `the ledger has it as ${row.state}, attempt ${row.attempt}.`;
    return [event === undefined ? ['lost', what] : ['disagreement', `${event.type} was told; ${what}`]];
  }
  if (event === undefined) return [['untold', `the ledger has it as ${row.state}, and no event came.`]];
  const faults: Fault[] = [];
  if (others.length > 0) {
    faults.push(['disagreement', `it was told as ${told.map(({ type }) => type).join(' and ')}.`]);
  }
  if (event.differs) faults.push(['disagreement', `${event.id} came with different bodies.`]);
  if (outcomeOf(event) !== row.state || !event.bytes.equals(row.event)) {
    faults.push([
      'disagreement',
      `${event.type} was told, and the ledger holds another event (${row.state}).`,
    ]);
  }
  return faults;
}

function judgeEffects(request: Request, event: ToldEvent | undefined, effects: readonly Effect[]): Fault[] {
  const faults: Fault[] = [];
  const shown = () => effects.map(({ amount, attempt }) => `${amount} by attempt ${attempt}`).join(', ');
  const succeeded = event !== undefined && outcomeOf(event) === 'succeeded';
  if (request.effects !== 'at least once') {
    if (effects.length > 1)
      faults.push(['double', `its effect is there ${effects.length} times: ${shown()}.`]);
    if (event !== undefined && !succeeded && effects.length > 0) {
      faults.push(['disagreement', `it has an effect (${shown()}), and ${event.type} was told.`]);
    }
    if (succeeded && effects.some(({ attempt }) => attempt !== event.data.attempt)) {
      faults.push(['disagreement', `attempt ${event.data.attempt} was told, and the effect is ${shown()}.`]);
    }
  }
  if (succeeded && effects.length === 0)
    faults.push(['disagreement', 'it is told as succeeded, without an effect.']);
  if (effects.some(({ alone }) => !alone))
    faults.push(['double', 'two sessions were at it at the same time.']);
  const wrong = effects.some(({ amount }) => !request.amounts.includes(amount));
  const told = Number(event?.data.rows[0]?.[0]);
  if (wrong || (succeeded && effects.length > 0 && effects.every(({ amount }) => amount !== told))) {
    faults.push([
      'disagreement',
      `its effect is ${shown()}; asked for was ${request.amounts}, told ${told}.`,
    ]);
  }
  return faults;
}

function judgeExpectation(request: Request, event: ToldEvent | undefined): Fault[] {
  if (event === undefined || request.outcomes.some((outcome) => outcome === outcomeOf(event))) return [];
  if (explainedByFaults(event)) return [];
  const why = event.data.error?.message ?? event.data.reason ?? '';
  return [['unexpected', `it ended as ${outcomeOf(event)}: ${why}`]];
}
