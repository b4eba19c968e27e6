import path from 'node:path'
import { EtlError } from '../../base/errors.ts'
import type { ObjectStore } from '../../store/contract.ts'
import type { RemoteSource } from '../contract.ts'
import type { DynamodbExportPlace, DynamodbExportReads } from '../dynamodb-export.ts'
import type { Fetched, FetchRequest, Probe, Remote, RemoteNews } from '../remote.ts'
import { type ExportFolder, openExportFolder } from './export-folder.ts'
import { changeOf, corrupt, exportLines, writtenMicros } from './export-lines.ts'
import { type Export, exportFiles, listExports } from './export-manifest.ts'
import { type ItemStage, openItemStage, snapshotChange } from './stage-items.ts'

/** How far exports were read: the table, and the first moment that is not covered. */
interface ExportPosition {
  readonly tableArn: string
  readonly to: string
  /** The full export that is the table, where changes are not asked for. */
  readonly full?: string
}

function decode(text: string): ExportPosition {
  try {
    const { version, tableArn, to, full } = JSON.parse(text) as ExportPosition & { version: number }
    if (version !== 1) throw new TypeError(`version ${version}`)
    return { tableArn, to, ...(full === undefined ? {} : { full }) }
  } catch (cause) {
    throw new EtlError('source.position-lost', 'the position of DynamoDB exports cannot be read', { cause })
  }
}

interface Parts {
  readonly folder: ExportFolder
  readonly reads: DynamodbExportReads
}

/** The newest full export. Fails with `source.missing` where there is none. */
function newestFull(exports: readonly Export[], folder: ExportFolder): Export {
  const full = exports.findLast((e) => e.kind === 'full')
  if (full === undefined)
    throw new EtlError('source.missing', `${folder.nameOf('')} has no finished full export`)
  return full
}

/**
 * The incremental exports that follow a moment, each where the one before ended or earlier. Fails with `source.missing` where
 * there is a gap before a later one.
 */
export function following(exports: readonly Export[], from: string): readonly Export[] {
  const chain: Export[] = []
  let reached = from
  for (const one of exports) {
    if (one.kind !== 'incremental' || one.to <= reached) continue
    if (one.from > reached)
      throw new EtlError('source.missing', `no export covers ${reached} to ${one.from}`, {
        hint: 'Make an incremental export of that time, or build the table anew from a full one with --full.',
      })
    chain.push(one)
    reached = one.to
  }
  return chain
}

async function look({ folder, reads }: Parts, position: string | undefined): Promise<RemoteNews> {
  const exports = await listExports(folder, reads.tableArn)
  const last = position === undefined ? undefined : decode(position)
  if (reads.changes === undefined) {
    const { id } = newestFull(exports, folder)
    return last?.full === id ? { whole: true } : { whole: true, reason: `export ${id} is there` }
  }
  if (last === undefined) return { whole: true, reason: 'exports are read from the newest full one on' }
  const next = following(exports, last.to)
  if (next.length === 0) return { whole: false }
  return { whole: false, reason: `${next.length} incremental export${next.length === 1 ? '' : 's'}` }
}

interface Reading {
  readonly folder: ExportFolder
  readonly stage: ItemStage
  readonly request: FetchRequest
  readonly asChanges: boolean
}

/** Stages the lines of an export; of an incremental one those that were written at `since` or later. */
async function readExport(one: Export, since: string, reading: Reading): Promise<void> {
  const { folder, stage, request, asChanges } = reading
  const sinceMicros = BigInt(Date.parse(since)) * 1_000n
  for (const file of await exportFiles(folder, one)) {
    await using open = await folder
      .open(file.name, request.folder, request.signal)
      .catch((cause: unknown) => {
        if (!(cause instanceof EtlError) || cause.code !== 'source.missing') throw cause
        throw corrupt(folder.nameOf(file.name), 'cannot be read', cause)
      })
    for await (const line of exportLines(file, open.path, folder.nameOf(file.name))) {
      request.signal?.throwIfAborted()
      if (one.kind === 'full') stage.add(line.Item ?? {}, asChanges ? snapshotChange : undefined)
      else if (writtenMicros(line) >= sinceMicros) {
        const { item, change } = changeOf(line, one.hasOld)
        stage.add(item, change)
      }
    }
    request.onProgress?.({ records: stage.records })
  }
}

async function fetch(
  source: RemoteSource,
  { folder, reads }: Parts,
  request: FetchRequest,
): Promise<Fetched> {
  const exports = await listExports(folder, reads.tableArn)
  using stage = openItemStage(source, path.join(request.folder, 'items.ndjson'))
  const asChanges = reads.changes !== undefined
  const reading = { folder, stage, request, asChanges }
  const last = request.position === undefined ? undefined : decode(request.position)
  let position: ExportPosition
  if (asChanges && last !== undefined) position = last
  else {
    const full = newestFull(exports, folder)
    await readExport(full, full.from, reading)
    position = { tableArn: full.tableArn, to: full.to, full: full.id }
  }
  if (asChanges) {
    if (exports.some((e) => e.tableArn !== position.tableArn))
      throw new EtlError('source.position-lost', `the exports are no longer those of ${position.tableArn}`)
    for (const one of following(exports, position.to)) {
      await readExport(one, position.to, reading)
      position = { ...position, to: one.to }
    }
  }
  const file = stage.finish()
  return {
    fresh: file === undefined ? [] : [file],
    records: stage.records,
    place: folder.nameOf(''),
    position: JSON.stringify({ version: 1, ...position }),
    // Exports without a change of interest are not to be read again.
    isDue: last !== undefined && last.to !== position.to,
    warnings: stage.warnings(),
  }
}

async function probe({ folder, reads }: Parts): Promise<Probe> {
  const exports = await listExports(folder, reads.tableArn)
  const notes = exports.map((e) => `${e.id}: ${e.kind}, ${e.items} items, up to ${e.to}`)
  for (const one of exports) await exportFiles(folder, one)
  return {
    service: `DynamoDB exports in ${folder.nameOf('')}`,
    notes: notes.length === 0 ? ['no export'] : notes,
  }
}

/** Reads point-in-time exports from a folder, here or in S3. */
export function dynamodbExportRemote(objects: ObjectStore | undefined): Remote {
  const partsOf = (source: RemoteSource): Parts => ({
    folder: openExportFolder((source.connection as unknown as DynamodbExportPlace).folder, objects),
    reads: source.reads as unknown as DynamodbExportReads,
  })
  return {
    look: (source, position) => look(partsOf(source), position),
    fetch: (source, request) => fetch(source, partsOf(source), request),
    probe: (source) => probe(partsOf(source)),
  }
}
