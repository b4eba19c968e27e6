import { type Diagnostic, EtlError } from '../../base/errors.ts'
import type { FileFormat } from '../../plan/source.ts'
import type { PartRead } from '../cursor/fetch.ts'
import type { FetchRequest, PresentKeys } from '../remote.ts'
import type { MysqlConnection } from './connect.ts'
import { type Crew, openCrew } from './ranges/crew.ts'
import { type Read, readRows, type Selection } from './read-rows.ts'

/** What a fetch reads, and over which connection. */
export interface Reading extends Selection {
  readonly connection: MysqlConnection
  /** How many connections may read all rows. */
  readonly connections: number
  readonly format: FileFormat
  readonly request: FetchRequest
}

/** One snapshot of a table, whose rows are read into staging files. */
export interface Snapshot extends AsyncDisposable {
  /** Begins it; for all rows on several connections, where that was asked for and can be shown. */
  begin(of: 'all' | 'new'): Promise<void>
  /** Reads all rows. */
  readAll(): Promise<PartRead>
  /** Reads the rows that a condition is true of into files called `name`; `before` records were read by then. */
  read(name: string, where: string, before: number): Promise<PartRead>
  /** Reads the keys of all rows, where the table's declaration asks for those that are gone. */
  readKeys(before: number): Promise<PresentKeys | undefined>
  /** What was read in a way that the user may not expect. */
  warnings(): readonly Diagnostic[]
}

const isThere = <T>(value: T | undefined): value is T => value !== undefined

/** Makes a snapshot, not begun yet, of which the threads end when it is disposed of. */
export function openSnapshot(reading: Reading): Snapshot {
  const { connection, connections, request, reads } = reading
  let crew: Crew | undefined
  let zeroDates = 0
  const told = (before: number): ((records: number) => void) | undefined => {
    const { onProgress } = request
    return onProgress && ((records) => onProgress({ records: before + records }))
  }
  const partOf = (parts: readonly Read[]): PartRead => {
    zeroDates += parts.reduce((sum, part) => sum + part.zeroDates, 0)
    return {
      files: parts.map((part) => part.file).filter(isThere),
      typed: parts.map((part) => part.typed).filter(isThere),
      records: parts.reduce((sum, part) => sum + part.records, 0),
    }
  }
  const read = async (name: string, where: string, before: number): Promise<PartRead> =>
    partOf([await readRows(connection, reading, { name, where }, told(before))])
  return {
    begin: async (of) => {
      if (of === 'new' || connections === 1) return beginSnapshot(connection)
      crew = await openCrew(connection, selectionOf(reading), connections, request.signal)
    },
    readAll: async () => {
      const parts = await crew?.readAll(connection, told(0))
      return parts === undefined ? await read('fresh', '', 0) : partOf(parts)
    },
    read,
    readKeys: async (before) =>
      reads.softDelete === undefined ? undefined : await readKeys(reading, reads.softDelete, told(before)),
    warnings: () => (zeroDates === 0 ? [] : [warningOf(zeroDates, reads.table)]),
    [Symbol.asyncDispose]: async () => crew?.[Symbol.asyncDispose](),
  }
}

const warningOf = (zeroDates: number, table: string): Diagnostic => ({
  code: 'source.warning',
  severity: 'warning',
  message: `${zeroDates} zero dates of ${table} became NULL`,
  hint: "zeroDates: 'reject' keeps such rows apart.",
})

async function beginSnapshot(connection: MysqlConnection): Promise<void> {
  await connection.rows('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ')
  await connection.rows('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY')
}

/** What can be told to another thread. */
function selectionOf({ server, reads, columns, schema, declared, folder }: Selection): Selection {
  return { server, reads, columns, schema, declared, folder }
}

async function readKeys(
  reading: Reading,
  mark: string,
  onRows: ((records: number) => void) | undefined,
): Promise<PresentKeys> {
  const { key = [], readAt } = reading.reads
  const isKey = reading.schema.map((field) => key.includes(field.name))
  const ofKey = <T>(list: readonly T[]): readonly T[] => list.filter((_, i) => isKey[i])
  const narrow = {
    ...selectionOf(reading),
    schema: ofKey(reading.schema),
    columns: ofKey(reading.columns),
    declared: ofKey(reading.declared),
  }
  const { format, connection } = reading
  const { file, typed, records } = await readRows(connection, narrow, { name: 'keys', where: '' }, onRows)
  const value = reading.columns.find((column) => column.name === readAt)?.constant
  if (readAt === undefined || value === undefined || !('columns' in format))
    throw new EtlError('bug.unreachable', 'softDelete without readAt')
  return {
    schema: narrow.schema,
    format: { ...format, columns: narrow.declared },
    files: [file].filter(isThere),
    typed: [typed].filter(isThere),
    keys: records,
    mark,
    readAt: { column: readAt, value: value.replace(' ', 'T') },
  }
}
