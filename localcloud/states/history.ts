import type { Clock } from '../core/service.ts';
import { StateFailure } from './failure.ts';

/** An event of GetExecutionHistory, in the API's shape. */
export interface HistoryEvent {
  /** Epoch seconds. */
  timestamp: number;
  type: string;
  id: number;
  previousEventId: number;
  [details: `${string}EventDetails`]: Record<string, unknown>;
}

/** Where a branch stands in the history: its next event points back at this one. */
export interface Trail {
  last: number;
}

const MAX_EVENTS = 25_000;

/** The events of one execution, in order. */
export class History {
  readonly events: HistoryEvent[];
  private readonly clock: Clock;

  /** `events`: those of earlier attempts of the same execution. */
  constructor(clock: Clock, events: readonly HistoryEvent[] = []) {
    this.clock = clock;
    this.events = [...events];
  }

  /** Adds an event; `details` goes under the name the API gives it for this type, unless `detailsName` says otherwise. */
  add(trail: Trail, type: string, details?: Record<string, unknown>, detailsName = `${type.charAt(0).toLowerCase()}${type.slice(1)}`): void {
    if (this.events.length >= MAX_EVENTS && !type.startsWith('Execution')) {
      throw new StateFailure('States.Runtime', `The execution reached the maximum number of history events (${MAX_EVENTS}).`);
    }
    const id = this.events.length + 1;
    this.events.push({
      timestamp: this.clock().getTime() / 1000,
      type,
      id,
      previousEventId: trail.last,
      ...(details === undefined ? {} : { [`${detailsName}EventDetails`]: details }),
    });
    trail.last = id;
  }

  entered(trail: Trail, stateType: string, name: string, input: unknown): void {
    this.add(trail, `${stateType}StateEntered`, { name, input: JSON.stringify(input), inputDetails: { truncated: false } }, 'stateEntered');
  }

  exited(trail: Trail, stateType: string, name: string, output: unknown): void {
    this.add(trail, `${stateType}StateExited`, { name, output: JSON.stringify(output), outputDetails: { truncated: false } }, 'stateExited');
  }
}
