/**
 * What goes wrong: an answer of S3's own; the connection is reset before anything is done (`reset`); everything is done
 * and the reply does not arrive (`lose-reply`), or says that the service failed (`error-when-done`) or that the condition
 * of the write does not hold (`refusal-when-done`); half of the body arrives (`truncate`), or all of it with a changed
 * byte (`corrupt`).
 */
export type FaultKind =
  | 'slow-down'
  | 'internal-error'
  | 'expired'
  | 'denied'
  | 'conflict'
  | 'reset'
  | 'lose-reply'
  | 'error-when-done'
  | 'refusal-when-done'
  | 'truncate'
  | 'corrupt'

/** A fault that meets calls of an operation. */
export interface Fault {
  readonly kind: FaultKind
  /** Such as `PutObject`; default: any. */
  readonly operation?: string
  /** A text stands for exactly that key. */
  readonly key?: RegExp | string
  /** Which matching calls: every nth, from the nth on; default 1. */
  readonly every?: number
  /** How often at most; default once. */
  readonly times?: number
}

interface Armed extends Fault {
  seen: number
  left: number
}

/** The faults of a server, in the order in which they were asked for. */
export interface Faults {
  add(fault: Fault): void
  clear(): void
  /** The fault that meets a call now. */
  meet(operation: string, key: string): FaultKind | undefined
}

export function openFaults(): Faults {
  let armed: Armed[] = []
  return {
    add: (fault) => armed.push({ ...fault, seen: 0, left: fault.times ?? 1 }),
    clear: () => {
      armed = []
    },
    meet: (operation, key) => {
      for (const fault of armed) {
        if (fault.left === 0 || (fault.operation ?? operation) !== operation) continue
        if (!isMeant(fault.key, key)) continue
        fault.seen += 1
        if (fault.seen % (fault.every ?? 1) !== 0) continue
        fault.left -= 1
        return fault.kind
      }
      return undefined
    },
  }
}

const isMeant = (meant: Fault['key'], key: string): boolean =>
  meant === undefined || (typeof meant === 'string' ? meant === key : meant.test(key))
