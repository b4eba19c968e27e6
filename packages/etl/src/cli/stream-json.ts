import { once } from 'node:events'
import type { Writable } from 'node:stream'
import type { QueryResult } from '../engine/contract.ts'
import { jsonRow } from './json-rows.ts'

/** How far a document has come: nothing of it is written, or its end is missing, or it is whole. */
export interface JsonStream {
  readonly begun: boolean
  /**
   * Writes the rows of a result, at most `limit` of them, as one JSON array with a row on each line. Rows are written as
   * they come and no faster than they are taken. When the result fails, the array stays without its end; when that is
   * before the first rows, nothing is written.
   */
  write(result: QueryResult, limit: number): Promise<void>
}

/** Opens a JSON document on a stream. */
export function openJsonStream(out: Writable): JsonStream {
  let begun = false
  const put = async (text: string): Promise<void> => {
    begun = true
    if (!out.write(text)) await once(out, 'drain')
  }
  return {
    get begun() {
      return begun
    },
    write: async (result, limit) => {
      let written = 0
      for await (const chunk of result.chunks) {
        const lines: string[] = []
        const count = Math.min(chunk.rows, limit - written)
        for (let r = 0; r < count; r++) {
          const row = chunk.columns.map((column) => column[r])
          lines.push(JSON.stringify(jsonRow(result.schema, row)))
        }
        if (lines.length > 0) await put(`${written === 0 ? '[\n' : ',\n'}${lines.join(',\n')}`)
        written += count
        if (written >= limit) break
      }
      await put(written === 0 ? '[]\n' : '\n]\n')
    },
  }
}
