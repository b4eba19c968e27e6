import { Buffer } from 'node:buffer'

/** What is sent to a stream. */
export interface StreamRecord {
  /** Records of equal keys keep their order. 1 to 256 characters. */
  readonly key: string
  readonly data: Uint8Array
}

/** What a record counts for in the limits of the service: its data and its key. */
export const recordBytes = ({ key, data }: StreamRecord): number => data.length + Buffer.byteLength(key)

/** Records that wait to be sent. Of each key only the oldest may be under way, so that one that fails is not overtaken. */
export interface WaitingRecords {
  readonly count: number
  readonly bytes: number
  add(record: StreamRecord): void
  /** The oldest of keys that have none under way, at most so many; they are under way until they are settled. */
  take(maxRecords: number, maxBytes: number): readonly StreamRecord[]
  /** Says of a record under way whether it arrived; one that did not is the oldest of its key again. */
  settle(record: StreamRecord, arrived: boolean): void
}

export function waitingRecords(): WaitingRecords {
  const queues = new Map<string, StreamRecord[]>()
  /** Keys with nothing under way, in the order in which they became so. */
  const ready = new Set<string>()
  let count = 0
  let bytes = 0
  return {
    get count() {
      return count
    },
    get bytes() {
      return bytes
    },
    add: (record) => {
      count++
      bytes += recordBytes(record)
      const queue = queues.get(record.key)
      if (queue !== undefined) {
        queue.push(record)
        return
      }
      queues.set(record.key, [record])
      ready.add(record.key)
    },
    take: (maxRecords, maxBytes) => {
      const taken: StreamRecord[] = []
      let left = maxBytes
      for (const key of ready) {
        const [record] = queues.get(key) ?? []
        if (record === undefined || taken.length === maxRecords) break
        left -= recordBytes(record)
        if (left < 0 && taken.length > 0) break
        taken.push(record)
        ready.delete(key)
      }
      return taken
    },
    settle: (record, arrived) => {
      const { key } = record
      const queue = queues.get(key)
      if (arrived && queue !== undefined) {
        queue.shift()
        count--
        bytes -= recordBytes(record)
      }
      if (queue?.length === 0) queues.delete(key)
      else ready.add(key)
    },
  }
}
