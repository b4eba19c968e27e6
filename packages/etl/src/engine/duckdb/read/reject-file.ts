import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { quotePath } from '../file-path.ts'
import type { OpenedRejects } from './contract.ts'

/** A record that is no row, in the columns of `rejectSchema`. */
export interface Reject {
  readonly rule: string
  readonly reason: string
  readonly source: string
  /** 1-based line (or record) number. */
  readonly line: number
  /** Offset of the record's first byte in the decompressed file; null where the text was decoded from another encoding. */
  readonly offset: number | null
  readonly original: string
}

/** A spool of rejected records in the scratch folder; memory stays bounded however many there are. */
export interface RejectSpool {
  /** Fails when the file cannot be written, as when the disk is full; maybe only for a later reject. */
  add(reject: Reject): Promise<void>
  /** Ends the spool; undefined when it is empty. */
  close(): Promise<OpenedRejects | undefined>
}

// Bounds the line, and with it the buffers of the reader that reads the spool back.
const cut = (original: string): string =>
  original.length <= 2 ** 21
    ? original
    : `${original.slice(0, 2 ** 21)}… (cut; ${original.length} characters)`

/** Opens a new spool file in the scratch folder. */
export function openRejectSpool(scratch: string, name: string): RejectSpool {
  const path = join(scratch, `${name}.rejects.ndjson`)
  const stream = createWriteStream(path, { highWaterMark: 1 << 20 })
  const ended = finished(stream)
  // A failure between two rejects is told to the next of them, or at the end.
  ended.catch(() => undefined)
  let rows = 0
  return {
    async add(reject) {
      rows += 1
      if (stream.errored) throw stream.errored
      if (!stream.write(`${JSON.stringify({ ...reject, original: cut(reject.original) })}\n`))
        await once(stream, 'drain')
    },
    async close() {
      stream.end()
      await ended
      if (rows === 0) return undefined
      const columns =
        "{rule: 'VARCHAR', reason: 'VARCHAR', source: 'VARCHAR', line: 'BIGINT', \"offset\": 'BIGINT', original: 'VARCHAR'}"
      const sql = `SELECT rule, reason, source, line, "offset", original FROM read_json(${quotePath(path)}, hive_partitioning = false, format = 'newline_delimited', compression = 'uncompressed', columns = ${columns}, maximum_object_size = 16777216)`
      return { sql, rows }
    },
  }
}
