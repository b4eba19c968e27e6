import path from 'node:path'
import { type Diagnostic, EtlError } from '../../../base/errors.ts'
import type { RemoteSource } from '../../contract.ts'
import { changeColumns } from '../../mysql-changes.ts'
import type { Fetched, FetchRequest, Probe, Remote, RemoteNews } from '../../remote.ts'
import { openStagedFile } from '../../staged-file.ts'
import { connectMysql, type MysqlConnection } from '../connect.ts'
import { placeOf } from '../failure.ts'
import { loadCharsets } from './charsets.ts'
import { type ChangesParts, partsOf } from './parts.ts'
import { comparePlaces, fileNumber, printPlace } from './place.ts'
import { decodeLogPosition, encodeLogPosition, type LogPosition } from './position.ts'
import { followLog } from './follow.ts'
import { readSnapshot } from './read-snapshot.ts'
import type { ChangesReading } from './reading.ts'
import { assertUsable, logEnd, logServer, silentChanges } from './server.ts'
import { type Structure, structureOf } from './structure.ts'

async function look(
  source: RemoteSource,
  position: string | undefined,
  signal?: AbortSignal,
): Promise<RemoteNews> {
  const { server, reads } = partsOf(source)
  const table = `${placeOf(server)}.${reads.table}`
  if (position === undefined)
    return { whole: true, reason: `${table} is read, and its log followed from then on` }
  const last = decodeLogPosition(position)
  await using connection = await connectMysql(server, signal)
  const at = await logServer(connection)
  const end = await logEnd(connection, at)
  if (last.server === at.id && comparePlaces(last.place, end.place) === 0) return { whole: false }
  return {
    whole: false,
    reason: `the log of ${table} goes from ${printPlace(last.place)} to ${printPlace(end.place)}`,
  }
}

/** So much log without a change of the table is not looked at again. */
const idleLogBytes = 64 * 2 ** 20

/** Whether a position that accounts for no new record is worth a commit. */
function isDue(last: LogPosition | undefined, now: LogPosition): boolean {
  if (last === undefined) return false
  const isFar = now.place.offset - last.place.offset >= idleLogBytes
  return isFar || now.epoch !== last.epoch || fileNumber(now.place.file) !== fileNumber(last.place.file)
}

async function fetch(source: RemoteSource, request: FetchRequest): Promise<Fetched> {
  const parts = partsOf(source)
  const { server, reads } = parts
  await using connection = await connectMysql(server, request.signal)
  const at = await logServer(connection)
  // First the structure, then the end: a change of the structure in between is in the log.
  const structure = await structureOf(connection, reads.table)
  assertPlain(parts, structure)
  const end = await logEnd(connection, at)
  await assertUsable(connection, end)
  using file = openStagedFile(path.join(request.folder, 'changes.csv'))
  const reading: ChangesReading = { ...parts, connection, source, at, end, structure, file, request }
  const last = request.position === undefined ? undefined : decodeLogPosition(request.position)
  const { position, warnings } =
    last === undefined
      ? await readSnapshot(reading)
      : await followLog(reading, await loadCharsets(connection), last)
  const silent = await silentWarnings(connection, reads.table)
  const finished = file.finish()
  return {
    fresh: finished === undefined ? [] : [finished],
    records: file.records,
    position: encodeLogPosition(position),
    warnings: [...warnings, ...(file.records > 0 ? silent : [])],
    ...(isDue(last, position) ? { isDue: true } : {}),
  }
}

/** Values that are computed when they are read are not in the log. */
function assertPlain({ declared, reads }: ChangesParts, structure: Structure): void {
  const virtual = declared.filter((d) =>
    structure.columns.some((c) => c.isVirtual && c.name.toLowerCase() === d.from.toLowerCase()),
  )
  if (virtual.length > 0)
    throw new EtlError(
      'source.schema',
      `"${reads.table}": ${virtual.map((d) => d.from).join(', ')} is VIRTUAL, and its values are not in the log`,
      { hint: 'Compute the column in a step, or make it STORED.' },
    )
}

async function silentWarnings(connection: MysqlConnection, table: string): Promise<readonly Diagnostic[]> {
  const keys = await silentChanges(connection, table)
  if (keys.length === 0) return []
  return [
    {
      code: 'source.warning',
      severity: 'warning',
      message: `foreign keys change rows of "${table}" without a word in the log (${keys.join(', ')}: CASCADE or SET NULL)`,
      hint: 'Delete the rows of the table themselves, before those that they refer to.',
    },
  ]
}

async function probe(source: RemoteSource, signal?: AbortSignal): Promise<Probe> {
  const parts = partsOf(source)
  const { server, reads, declared } = parts
  await using connection = await connectMysql(server, signal)
  const at = await logServer(connection)
  const structure = await structureOf(connection, reads.table)
  assertPlain(parts, structure)
  const end = await logEnd(connection, at)
  await assertUsable(connection, end)
  const [row] = await connection.rows("SHOW GLOBAL VARIABLES LIKE 'binlog\\_row\\_metadata'")
  const isFull = row?.[1] === 'FULL'
  const silent = await silentWarnings(connection, reads.table)
  return {
    service: `${at.kind === 'mariadb' ? 'MariaDB' : 'MySQL'} ${at.version}`,
    notes: [
      `${reads.table}: ${declared.length} declared columns, ${structure.key.length === 0 ? 'no primary key' : `key of ${structure.key.length}`}`,
      `the log ends at ${printPlace(end.place)}`,
      ...(isFull
        ? []
        : ['binlog_row_metadata is not FULL: a change of the table’s structure ends what can be followed']),
      ...silent.map((warning) => warning.message),
      `columns of a change: ${Object.keys(changeColumns).join(', ')}`,
    ],
  }
}

/** Follows the log of MySQL and MariaDB. */
export const mysqlChangesRemote: Remote = { look, fetch, probe }
