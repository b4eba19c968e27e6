import { EtlError } from '../../../base/errors.ts'
import type { Charsets } from './charsets.ts'
import type { DecoderOptions } from './decoder.ts'
import { type DumpStart, dumpLog } from './dump.ts'
import { gtidState, printGtid } from './gtid.ts'
import { type LogReader, openLogReader } from './log-reader.ts'
import { type DecidedXa, type LogReaderOptions, startIsLost } from './log-state.ts'
import { comparePlaces } from './place.ts'
import type { LogPosition } from './position.ts'
import type { ChangesRead, ChangesReading } from './reading.ts'
import { zeroDateWarnings } from './zero-dates.ts'

/** A log that is followed from a position on: `by` place in the file, or by GTID in the log of another server. */
interface Following {
  readonly reading: ChangesReading
  readonly decoder: DecoderOptions
  readonly last: LogPosition
}

/**
 * Reads the changes from a position to the end of the log as it was when the fetch began. Where the log of the place is gone
 * because another server took over, its GTIDs find the place in the log of that one.
 */
export async function followLog(
  reading: ChangesReading,
  charsets: Charsets,
  last: LogPosition,
): Promise<ChangesRead> {
  const { reads, structure } = reading
  let zeroDates = 0
  const decoder: DecoderOptions = {
    table: reads.table,
    declared: reading.declared,
    key: reads.key,
    charsets,
    structure,
    isStructureKnown: last.structure === structure.print,
    onZeroDate: reads.zeroDates === 'null' ? () => zeroDates++ : undefined,
  }
  const following = { reading, decoder, last }
  const { reader, epoch } = await fromPosition(following)
  for (const xa of reader.decided) await readDecided(following, xa, epoch)
  return {
    position: {
      epoch,
      place: reader.place,
      born: reader.born,
      prepared: reader.prepared,
      structure: structure.print,
      ...(last.gtid === undefined ? {} : { gtid: printGtid(reader.gtid) }),
    },
    warnings: [...reader.warnings, ...zeroDateWarnings(zeroDates, reads.table)],
  }
}

interface Followed {
  readonly reader: LogReader
  readonly epoch: number
}

async function fromPosition(following: Following): Promise<Followed> {
  const { reading, last } = following
  const nothing = reading.file.mark()
  try {
    if (comparePlaces(last.place, reading.end.place) > 0)
      throw new EtlError('source.position-lost', 'the log ends before what was read of it', {
        params: startIsLost,
        hint: 'The server was reset, or is another one: build the table anew (--full).',
      })
    const known = { start: last.place, born: last.born }
    return { reader: await follow(following, last.place, last.epoch, known), epoch: last.epoch }
  } catch (error) {
    const byGtid = last.gtid !== undefined && last.gtid !== '' && last.prepared.length === 0
    if (!(error instanceof EtlError) || error.params['start'] !== startIsLost.start || !byGtid) throw error
    reading.file.reset(nothing)
    const epoch = last.epoch + 1
    const start = { start: { file: '', offset: 0 } }
    return { reader: await follow(following, { gtid: last.gtid }, epoch, start), epoch }
  }
}

async function follow(
  { reading, decoder, last }: Following,
  from: DumpStart,
  epoch: number,
  start: Pick<LogReaderOptions, 'start' | 'born'>,
): Promise<LogReader> {
  const { file, reads, server, at, end, request } = reading
  const followed = { database: server.database, table: reads.table, foldsNames: at.foldsNames }
  const reader = openLogReader({
    followed,
    decoder,
    file,
    epoch,
    until: end.place,
    gtid: gtidState(last.gtid ?? ''),
    prepared: last.prepared,
    ...start,
  })
  if ('offset' in from && comparePlaces(from, end.place) === 0) return reader
  let told = 0
  await dumpLog(
    server,
    from,
    (event) => {
      const goesOn = reader.take(event)
      if (file.records - told >= 20_000) {
        told = file.records
        request.onProgress?.({ records: told })
      }
      return goesOn
    },
    request.signal,
  )
  reader.end()
  return reader
}

/** Reads the changes of a transaction that was prepared earlier in the log, and is committed now. */
async function readDecided(following: Following, xa: DecidedXa, epoch: number): Promise<void> {
  const { reading, decoder } = following
  const { file, reads, server, at, request } = reading
  const reader = openLogReader({
    followed: { database: server.database, table: reads.table, foldsNames: at.foldsNames },
    decoder,
    file,
    epoch,
    start: xa.from,
    gtid: new Map(),
    prepared: [],
    as: xa.as,
  })
  await dumpLog(server, xa.from, (event) => reader.take(event), request.signal)
  reader.end()
}
