import { setTimeout as sleep } from 'node:timers/promises'

/** Keeps what several readers consume below a limit on average. */
export interface Pace {
  /** Waits until nothing that is known to be consumed is left to be paid; in the order of the calls. */
  turn(signal?: AbortSignal): Promise<void>
  /** Notes what a request consumed. */
  consumed(units: number): void
}

interface Clock {
  readonly nowMs: () => number
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>
}

const systemClock: Clock = {
  nowMs: () => performance.now(),
  wait: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
}

/**
 * A pace of so many units a second. What a request consumes is known only afterwards, so it is paid by those that come
 * later: unused time is not saved up, and the average over a whole run stays at the limit or below.
 */
export function paceOf(unitsPerSecond: number | undefined, clock: Clock = systemClock): Pace {
  if (unitsPerSecond === undefined) return { turn: () => Promise.resolve(), consumed: () => undefined }
  let paidUntilMs = clock.nowMs()
  let last: Promise<void> = Promise.resolve()
  const untilPaid = async (signal: AbortSignal | undefined): Promise<void> => {
    for (;;) {
      const ms = paidUntilMs - clock.nowMs()
      if (ms <= 0) return
      await clock.wait(Math.ceil(ms), signal)
    }
  }
  return {
    turn: (signal) => {
      const mine = last.then(() => untilPaid(signal))
      last = mine.catch(() => undefined)
      return mine
    },
    consumed: (units) => {
      paidUntilMs = Math.max(paidUntilMs, clock.nowMs()) + (units * 1000) / unitsPerSecond
    },
  }
}
