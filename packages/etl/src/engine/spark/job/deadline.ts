import { EtlError } from '../../../base/errors.ts'

/** What ends a job before its time. */
export interface Deadline {
  /** Aborts when the caller does, and when the time is up. */
  readonly signal: AbortSignal
  /** The failure of a job that was ended by `signal`. */
  readonly failure: (where: string) => EtlError
}

const defaultMinutes = 720

/** The time a job may take: minutes, by default 720. */
export function deadlineOf(minutes: number = defaultMinutes, caller?: AbortSignal): Deadline {
  const time = AbortSignal.timeout(Math.min(minutes * 60_000, 2 ** 31 - 1))
  return {
    signal: caller === undefined ? time : AbortSignal.any([caller, time]),
    failure: (where) =>
      caller?.aborted === true
        ? new EtlError('run.cancelled', `${where} was cancelled`)
        : new EtlError('engine.job-timeout', `${where} was ended after ${minutes} minutes`, {
            hint: 'Raise timeoutMinutes, or give Spark more to work with.',
          }),
  }
}

/** The minutes that a service is told. */
export const wholeMinutes = (minutes: number = defaultMinutes): number => Math.max(1, Math.ceil(minutes))
