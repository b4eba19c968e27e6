import { EtlError } from '../../../base/errors.ts'
import type { Charsets } from './charsets.ts'
import type { DecoderOptions } from './decoder.ts'
import { type DumpStart, dumpLog } from './dump.ts'
import { gtidState, printGtid } from './gtid.ts'
import { type LogReader, openLogReader } from './log-reader.ts'
import type { DecidedXa, LogReaderOptions } from './log-state.ts'
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
  await readDecided(following, reader.decided, epoch)
  return {
    position: {
      epoch,
      place: reader.place,
      server: reading.at.id,
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
  if (last.server !== reading.at.id) return fromGtid(following)
  if (comparePlaces(last.place, reading.end.place) > 0)
    throw new EtlError(
      'source.position-lost',
      'the log ends before what was read of it: the server was reset',
      {
        hint: 'Build the table anew (--full).',
      },
    )
  const known = { start: last.place, born: last.born }
  return { reader: await follow(following, last.place, last.epoch, known), epoch: last.epoch }
}

/** Goes on in the log of another server, which took over and has the transactions of the first one in its log. */
async function fromGtid(following: Following): Promise<Followed> {
  const { reading, last } = following
  const { gtid = '', prepared } = last
  const isMariadb = reading.at.kind === 'mariadb'
  const [row] = isMariadb ? await reading.connection.rows('SELECT @@GLOBAL.gtid_binlog_state') : []
  const has = (row?.[0] ?? '').split(',').map((text) => text.trim().split('-').map(Number))
  // A server that never heard of a transaction would send its log from the beginning, or nothing.
  const isKnown = [...gtidState(gtid).values()].every((text) => {
    const [domain = 0, , sequence = 0] = text.split('-').map(Number)
    return has.some((other) => other[0] === domain && (other[2] ?? 0) >= sequence)
  })
  if (gtid === '' || prepared.length > 0 || !isKnown)
    throw new EtlError(
      'source.position-lost',
      `the log of another server (server_id ${reading.at.id}, not ${last.server}) cannot be followed from there`,
      { hint: 'Build the table anew (--full).' },
    )
  const epoch = last.epoch + 1
  return { reader: await follow(following, { gtid }, epoch, { start: { file: '', offset: 0 } }), epoch }
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

/** Between two transactions that are read again, so much log is read over in place of another dump. */
const gapBytes = 16 * 2 ** 20

/** Reads the changes of transactions that were prepared earlier in the log, and are committed now. */
async function readDecided(
  { reading, decoder }: Following,
  decided: readonly DecidedXa[],
  epoch: number,
): Promise<void> {
  const { file, reads, server, at, request } = reading
  for (const only of neighbours(decided)) {
    const [first] = only
    if (first === undefined) continue
    const reader = openLogReader({
      followed: { database: server.database, table: reads.table, foldsNames: at.foldsNames },
      decoder,
      file,
      epoch,
      start: first.from,
      gtid: new Map(),
      prepared: [],
      only,
    })
    await dumpLog(server, first.from, (event) => reader.take(event), request.signal)
    reader.end()
    if (reader.missing > 0)
      throw new EtlError('bug.unreachable', `${reader.missing} prepared transactions are not where they were`)
  }
}

/** Transactions in the order of the log, those that lie near to each other together. */
function neighbours(decided: readonly DecidedXa[]): readonly (readonly DecidedXa[])[] {
  const groups: DecidedXa[][] = []
  let last: DecidedXa | undefined
  for (const xa of decided.toSorted((a, b) => comparePlaces(a.from, b.from))) {
    const isNear = last?.from.file === xa.from.file && xa.from.offset - last.from.offset < gapBytes
    if (isNear) groups.at(-1)?.push(xa)
    else groups.push([xa])
    last = xa
  }
  return groups
}
