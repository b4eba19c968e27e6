import type { CompiledTable } from '../author/table.ts'
import type { RemoteSource, SourceWork } from '../connector/contract.ts'
import { type RemoteNews, remoteOf, sourceIn } from '../connector/remote.ts'
import type { DataFile, Lake, LakeTable } from '../lake/contract.ts'
import type { ObjectStore } from '../store/contract.ts'
import { definitionOf, sourceOf, upstreamId } from './definition.ts'
import { incrementality } from './incremental.ts'
import { ascendingOf } from './succession.ts'
import { type Ledger, ledgerOf, type TakenFiles, type UpstreamPosition } from './ledger.ts'
import { type FoundWork, scanSource } from './scan-source.ts'

/** What a run would do with a table, and why. */
export interface Decision {
  readonly table: CompiledTable
  readonly action: 'none' | 'append' | 'merge' | 'full'
  readonly reasons: readonly string[]
  readonly definition: string
  readonly published: LakeTable | undefined
  readonly ledger: Ledger | undefined
  /** Upstream tables as they were when the decision was made, by name. */
  readonly upstream: ReadonlyMap<string, LakeTable>
  /** Files to read of each upstream table, by name; the whole table unless the action is incremental. */
  readonly reads: ReadonlyMap<string, readonly DataFile[]>
  /** New work of the table's own source. */
  readonly source?: SourceWork
  /** Source files that the new snapshot will account for. */
  readonly taken?: TakenFiles
  /** What is to be fetched over a connection: all that lies beyond the position. */
  readonly remote?: RemoteWork
  /** A full refresh was asked for: what goes by it is meant to go. */
  readonly isAsked?: boolean
}

/** A fetch that a run is to make. */
export interface RemoteWork {
  readonly source: RemoteSource
  readonly position: string | undefined
  /** What was published is all that an earlier fetch gave, and this was its position; the same again is nothing new. */
  readonly published?: string
  /** The fetch replaces published rows of the same definition without being asked for. */
  readonly replaces?: true
}

export interface DecideOptions {
  readonly lake: Lake
  readonly projectFolder: string
  /** Where sources in S3 are looked at. */
  readonly objects?: ObjectStore
  readonly full: boolean
}

/** The position that accounts for all rows of a table now; a compaction, which changes none, leaves it as it is. */
export const positionOf = (table: LakeTable): UpstreamPosition => ({
  uuid: table.uuid,
  ...(table.rowsOf === undefined ? {} : { snapshot: String(table.rowsOf) }),
})

/** Decides what a table needs, from the ledger of its current snapshot and the state of its inputs. */
export async function decide(table: CompiledTable, options: DecideOptions): Promise<Decision> {
  const { lake } = options
  const published = await lake.load(table.declaration.name)
  const ledger = ledgerOf(published)
  const definition = definitionOf(table)
  const upstream = new Map<string, LakeTable>()
  for (const name of table.upstream) {
    const loaded = await lake.load(name)
    if (loaded !== undefined) upstream.set(name, loaded)
  }
  const isAsked = options.full
  const base: Base = { table, definition, published, ledger, upstream, reads: new Map(), isAsked }
  const rebuild = fullReason(ledger, definition, options.full)
  if (rebuild !== undefined) return whole(base, options, [rebuild])
  const source = await scanSource(table, options, ledger)
  const remote = await lookRemote(table, ledger, options)
  const news = newsOf(base, source, remote)
  if (news.length === 0) return { ...base, action: 'none', reasons: ['nothing new'] }
  if (source?.reload === true) return whole(base, options, [...news, 'a source file changed'])
  if (remote?.whole === true) return replacing(await whole(base, options, news))
  return continued(base, options, source, news)
}

/** Asks a table's source, if it is one over a connection, for what lies beyond the ledger's position. */
async function lookRemote(
  table: CompiledTable,
  ledger: Ledger | undefined,
  { objects, projectFolder }: Pick<DecideOptions, 'objects' | 'projectFolder'>,
): Promise<RemoteNews | undefined> {
  const source = sourceOf(table.declaration)
  if (source?.kind !== 'remote') return undefined
  return (await remoteOf(source, objects)).look(sourceIn(projectFolder, source), ledger?.position)
}

/** The fetch that belongs to a decision; from the beginning where everything is read again. */
function remoteWork(base: Base, whole: boolean): Pick<Decision, 'remote'> {
  const source = sourceOf(base.table.declaration)
  if (source?.kind !== 'remote') return {}
  return { remote: { source, position: whole ? undefined : base.ledger?.position } }
}

/** A fetch of everything because its source gives nothing less: it replaces what is published, and may bring just that. */
function replacing(decision: Decision): Decision {
  const { remote, ledger } = decision
  if (remote === undefined) return decision
  const published = ledger?.position === undefined ? {} : { published: ledger.position }
  return { ...decision, remote: { ...remote, replaces: true, ...published } }
}

type Base = Omit<Decision, 'action' | 'reasons'>

function fullReason(ledger: Ledger | undefined, definition: string, full: boolean): string | undefined {
  if (ledger === undefined) return 'new table'
  if (ledger.definition !== definition) return 'the definition changed'
  return full ? 'a full refresh was asked for' : undefined
}

/** The upstream tables whose current snapshot the ledger does not account for. */
function changedUpstream(base: Base): readonly (readonly [string, LakeTable])[] {
  return [...base.upstream].filter(([name, loaded]) => {
    const known = base.ledger?.upstream[upstreamId(base.table, name)]
    const now = positionOf(loaded)
    return known === undefined || known.uuid !== now.uuid || known.snapshot !== now.snapshot
  })
}

function newsOf(
  base: Base,
  source: FoundWork | undefined,
  remote: RemoteNews | undefined,
): readonly string[] {
  const files = source?.work.scan.files.length ?? 0
  return [
    ...(files > 0 ? [`${files} new file${files === 1 ? '' : 's'}`] : []),
    ...(source?.reload === true && files === 0 ? ['changed files'] : []),
    ...(remote?.reason === undefined ? [] : [remote.reason]),
    ...changedUpstream(base).map(([name]) => `${name} changed`),
  ]
}

/** Everything is read again. */
async function whole(base: Base, options: DecideOptions, reasons: readonly string[]): Promise<Decision> {
  const reads = new Map<string, readonly DataFile[]>()
  for (const [name, table] of base.upstream) reads.set(name, await table.files())
  return {
    ...base,
    action: 'full',
    reasons,
    reads,
    ...fromSource(await scanSource(base.table, options, undefined)),
    ...remoteWork(base, true),
  }
}

const fromSource = (found: FoundWork | undefined): Pick<Decision, 'source' | 'taken'> =>
  found === undefined ? {} : { source: found.work, taken: found.taken }

/** Only what is new is read, where the plan allows that; otherwise everything. */
async function continued(
  base: Base,
  options: DecideOptions,
  source: FoundWork | undefined,
  news: readonly string[],
): Promise<Decision> {
  const how = incrementality(base.table.plan, ascendingOf(base.table))
  if (how.kind === 'full') return whole(base, options, [...news, how.reason])
  const reads = new Map<string, readonly DataFile[]>()
  const changed = new Set(changedUpstream(base).map(([name]) => name))
  for (const [name, loaded] of base.upstream) {
    const files = await newFiles(base, name, loaded, {
      changed: changed.has(name),
      spine: how.spine.includes(name),
    })
    if (typeof files === 'string') return whole(base, options, [...news, files])
    reads.set(name, files)
  }
  return {
    ...base,
    action: how.kind,
    reasons: news,
    reads,
    ...fromSource(source),
    ...remoteWork(base, false),
  }
}

/** The files of an upstream table to read, or why everything must be. */
async function newFiles(
  base: Base,
  name: string,
  loaded: LakeTable,
  is: { readonly changed: boolean; readonly spine: boolean },
): Promise<readonly DataFile[] | string> {
  if (!is.spine) return is.changed ? `earlier rows were joined to ${name} as it was` : loaded.files()
  if (!is.changed) return []
  const known = base.ledger?.upstream[upstreamId(base.table, name)]
  if (known?.uuid !== loaded.uuid) return `${name} was created anew`
  if (known.snapshot === undefined) return loaded.files()
  return (await loaded.appendedSince(BigInt(known.snapshot))) ?? `${name} was rewritten`
}
