import { EtlError } from '../../../base/errors.ts'
import { quoteMysqlName, selectedColumns } from '../select.ts'
import { streamRows } from '../stream-rows.ts'
import { dumpLog } from './dump.ts'
import { eventTypes } from './event.ts'
import { sequencePrefix } from './place.ts'
import type { LogPosition } from './position.ts'
import type { ChangesRead, ChangesReading } from './reading.ts'
import { endRecord } from './row-writer.ts'
import { beginLogSnapshot } from './snapshot.ts'
import { zeroDateWarnings } from './zero-dates.ts'

/** Reads the whole table as of one place in the log, which is where the log will be followed from. */
export async function readSnapshot(reading: ChangesReading): Promise<ChangesRead> {
  const { connection, reads, server, at, file, request, source, structure } = reading
  const snapshot = await beginLogSnapshot(connection, at, server, reads.table, request.signal)
  const selected = await selectedColumns(connection, reads, source.format, reading.schema)
  const list = selected.map((column, i) => {
    const from = reading.declared[i]?.from.toLowerCase()
    const type = structure.columns.find((c) => c.name.toLowerCase() === from)?.columnType ?? ''
    return withoutZeros(column.sql, type)
  })
  const mark = { committedAt: snapshot.time, sequence: sequencePrefix(1, snapshot.place) }
  let row = 0
  const { zeroDates } = await streamRows(
    connection,
    `SELECT ${list.join(', ')} FROM ${quoteMysqlName(reads.table)}`,
    selected,
    { staged: file },
    {
      zeroDates: reads.zeroDates,
      endRecord: () => endRecord(file, 'read', mark, ++row),
      ...(request.onProgress ? { onRows: (records) => request.onProgress?.({ records }) } : {}),
    },
  )
  const born = await bornAt(reading, snapshot.place)
  return {
    position: {
      epoch: 1,
      place: snapshot.place,
      server: at.id,
      born,
      prepared: [],
      structure: structure.print,
      ...(snapshot.gtid === undefined ? {} : { gtid: snapshot.gtid }),
    },
    warnings: zeroDateWarnings(zeroDates, reads.table),
  }
}

/** A ZEROFILL column as the number it is: the log knows nothing of how it is shown. */
function withoutZeros(sql: string, type: string): string {
  if (!/\bzerofill\b/.test(type)) return sql
  const decimal = /^decimal\((\d+),(\d+)\)/.exec(type)
  if (decimal === null) return /^(float|double)/.test(type) ? `(${sql} + 0E0)` : `CAST(${sql} AS UNSIGNED)`
  return `CAST(CAST(${sql} AS CHAR) AS DECIMAL(${decimal[1]},${decimal[2]}))`
}

/** When the file of a place was begun. */
async function bornAt({ server, request }: ChangesReading, place: LogPosition['place']): Promise<number> {
  let born: number | undefined
  await dumpLog(
    server,
    place,
    (event) => {
      if (event.type === eventTypes.formatDescription) born = event.time
      return born === undefined
    },
    request.signal,
  )
  if (born === undefined)
    throw new EtlError('source.log-unusable', `the log does not tell when ${place.file} was begun`)
  return born
}
