import { randomUUID } from 'node:crypto'
import { EtlError } from '../../base/errors.ts'
import { type Catalog, type CatalogState, missingFile, type PointerChange } from '../catalog/contract.ts'
import type { BeginOptions, Transaction } from '../contract.ts'
import type { Metadata } from '../format/metadata.ts'
import type { FileStore } from '../store/contract.ts'
import { mapLimited } from '../../base/map-limited.ts'
import { firstMissing } from '../store/folder.ts'
import { splitName } from '../store/location.ts'
import { loadMetadata, prepareDraft, withStats } from './draft.ts'
import type { Draft } from './draft.ts'
import {
  createMetadata,
  fieldsOf,
  withoutRef,
  withoutSnapshots,
  withPartition,
  withPromoted,
  withRef,
  withSchemaChanges,
} from './edit.ts'
import { chooseTableFolder, folderOfPointer } from './table-folder.ts'
import type { SnapshotChange } from './snapshot-change.ts'
import { addSnapshot } from './snapshot.ts'

/** Starts a transaction on the catalog's present state. */
export async function beginTransaction(
  store: FileStore,
  catalog: Catalog,
  options: BeginOptions,
): Promise<Transaction> {
  const begun = await catalog.look()
  const pointers = new Map(begun.pointers)
  for (const table of options.base ?? []) pointers.set(table.name, table.metadataLocation)
  const drafts = openDrafts(pointers, await loadTables(pointers, store, options))
  const required: string[] = []
  const editing = (name: string, step: (metadata: Metadata) => Metadata): void =>
    drafts.edit(drafts.get(name), step)
  const snapshot = (name: string, change: SnapshotChange): void => {
    const draft = drafts.get(name)
    draft.addsRows = true
    draft.added.push(...change.added)
    draft.steps.push(async (m) =>
      addSnapshot(m, { ...change, added: await withStats(change.added, m) }, draft.written, store),
    )
  }
  return {
    has: drafts.has,
    create: (table) => {
      const draft = drafts.create(table.name)
      const place =
        draft.from === undefined
          ? chooseTableFolder(store, table.name, begun.pointers.values())
          : folderOfPointer(draft.from, store)
      draft.start = draft.preview = createMetadata(table, store.toLocation(place))
      return fieldsOf(draft.start)
    },
    evolve: (name, changes) => {
      const draft = drafts.get(name)
      const hasRows = draft.addsRows
      drafts.edit(draft, (m) => withSchemaChanges(m, changes, hasRows))
      return fieldsOf(draft.preview as Metadata)
    },
    setPartition: (name, partition) => editing(name, (m) => withPartition(m, partition)),
    setProperties: (name, properties) =>
      editing(name, (m) => ({ ...m, properties: { ...m.properties, ...properties } })),
    append: (name, files, summary, { branch = 'main' } = {}) =>
      snapshot(name, { branch, operation: 'append', added: files, removed: [], summary }),
    overwrite: (name, { removed, files }, summary, { branch = 'main', operation = 'overwrite' } = {}) =>
      snapshot(name, { branch, operation, added: files, removed, summary }),
    forget: (name, snapshots) => editing(name, (m) => withoutSnapshots(m, snapshots)),
    rollback: (name, id) => drafts.later(name, (m) => withRef(m, 'main', id, 'branch', Date.now())),
    setRef: (name, ref, id, type) => drafts.later(name, (m) => withRef(m, ref, id, type, Date.now())),
    dropRef: (name, ref) => drafts.later(name, (m) => withoutRef(m, ref)),
    promote: (name, branch) => drafts.later(name, (m) => withPromoted(m, branch, Date.now())),
    drop: (name) => drafts.drop(name),
    require: (files) => required.push(...files.map(store.toPath)),
    commit: committer({ catalog, store, begun, drafts: drafts.all, required, options }),
  }
}

/** What a pointer led to when the transaction began. */
type Loaded = { readonly metadata: Metadata } | { readonly error: unknown }

const tablesAtOnce = 16

/** Loads the tables that a transaction may change. One that cannot be read fails only whoever touches it. */
async function loadTables(
  pointers: ReadonlyMap<string, string>,
  store: FileStore,
  { tables, base = [] }: BeginOptions,
): Promise<ReadonlyMap<string, Loaded>> {
  const named = tables === undefined ? undefined : new Set([...tables, ...base.map((table) => table.name)])
  const wanted = [...pointers].filter(([name]) => named?.has(name) !== false)
  const loaded = await mapLimited(
    wanted,
    tablesAtOnce,
    async ([name, location]): Promise<[string, Loaded]> => {
      try {
        return [name, { metadata: await loadMetadata(location, store) }]
      } catch (error) {
        return [name, { error }]
      }
    },
  )
  return new Map(loaded)
}

interface Drafts {
  readonly all: ReadonlyMap<string, Draft>
  has(name: string): boolean
  get(name: string): Draft
  create(name: string): Draft
  edit(draft: Draft, step: (metadata: Metadata) => Metadata): void
  later(name: string, step: (metadata: Metadata) => Metadata): void
  drop(name: string): void
}

function openDrafts(pointers: ReadonlyMap<string, string>, loaded: ReadonlyMap<string, Loaded>): Drafts {
  const all = new Map<string, Draft>()
  const open = (name: string): Draft => {
    const known = all.get(name)
    if (known !== undefined) return known
    splitName(name)
    const from = pointers.get(name)
    const start = from === undefined ? undefined : startOf(name, loaded)
    const draft: Draft = {
      name,
      from,
      start,
      preview: start,
      addsRows: false,
      steps: [],
      added: [],
      written: [],
    }
    all.set(name, draft)
    return draft
  }
  const get = (name: string): Draft => {
    const draft = open(name)
    if (draft.start === undefined) throw new EtlError('lake.unknown-table', `the lake has no table ${name}`)
    return draft
  }
  const clear = (draft: Draft): void => {
    Object.assign(draft, { start: undefined, preview: undefined, addsRows: false, steps: [], added: [] })
  }
  return {
    all,
    has: (name) => (all.has(name) ? all.get(name)?.start !== undefined : pointers.has(name)),
    get,
    create: (name) => {
      const draft = open(name)
      if (draft.start !== undefined) throw new EtlError('lake.exists', `the lake has a table ${name} already`)
      return draft
    },
    edit: (draft, step) => {
      draft.preview = step(draft.preview as Metadata)
      draft.steps.push(step)
    },
    later: (name, step) => {
      get(name).steps.push(step)
    },
    drop: (name) => clear(get(name)),
  }
}

function startOf(name: string, loaded: ReadonlyMap<string, Loaded>): Metadata {
  const found = loaded.get(name)
  if (found === undefined)
    throw new EtlError('lake.invalid', `the transaction did not say that it would change ${name}`)
  if ('error' in found) throw found.error
  return found.metadata
}

/** What a commit needs. */
interface Pending {
  readonly catalog: Catalog
  readonly store: FileStore
  readonly begun: CatalogState
  readonly drafts: ReadonlyMap<string, Draft>
  /** Absolute paths. */
  readonly required: readonly string[]
  readonly options: BeginOptions
}

function committer(pending: Pending): () => Promise<void> {
  const { catalog, store, drafts, required, options } = pending
  const id = randomUUID()
  let prepared: Promise<readonly PointerChange[]> | undefined
  const { dataFiles = 'sync' } = options
  const addedPaths = (): string[] =>
    dataFiles === 'none' ? [] : [...drafts.values()].flatMap((draft) => draft.added.map((file) => file.path))
  const prepare = async (): Promise<readonly PointerChange[]> => {
    const changes: PointerChange[] = []
    // Engines write here; whether the files are what they claim to be is read here, too.
    const gone = await firstMissing(addedPaths())
    if (gone !== undefined) throw missingFile(gone)
    if (dataFiles !== 'none') await store.publish(addedPaths(), dataFiles)
    await store.publish(required, 'exists')
    for (const draft of drafts.values()) {
      changes.push({ name: draft.name, from: draft.from, to: await prepareDraft(draft, store) })
    }
    return changes
  }
  return async () => {
    // The same files and the same id every time: a second call recognises a commit that landed.
    prepared ??= prepare().catch((error: unknown) => {
      prepared = undefined
      throw error
    })
    const changes = [...(await prepared), ...unchangedBases(drafts, options)]
    await catalog.publish({
      id,
      changes,
      epoch: options.epoch,
      since: pending.begun,
      // Removing files goes through the catalog, too: a file seen here cannot be removed before it is published.
      files: [...addedPaths(), ...[...drafts.values()].flatMap((draft) => draft.written), ...required],
      check: (pointers) => checkFolders(pointers, pending, dataFiles !== 'none'),
    })
    await store.release([...addedPaths(), ...required])
  }
}

/**
 * Fails with `lake.conflict` when a new table would share its folder with another one, or its files lie elsewhere:
 * either table's maintenance would remove the other's files. It takes a rename by another process since the folder was
 * chosen.
 */
function checkFolders(
  pointers: ReadonlyMap<string, string>,
  { drafts, store }: Pending,
  withFiles: boolean,
): void {
  const created = [...drafts.values()].filter((d) => d.from === undefined && d.start !== undefined)
  if (created.length === 0) return
  const taken = new Set(Array.from(pointers.values(), (pointer) => folderOfPointer(pointer, store)))
  for (const { name, start, added } of created) {
    const own = store.toPath(start?.location ?? '')
    if (!taken.has(own) && (!withFiles || added.every((file) => file.path.startsWith(`${own}/`)))) continue
    throw new EtlError('lake.conflict', `the folder of the new table ${name} now belongs to another one`, {
      retry: 'transient',
      params: { table: name },
    })
  }
}

/** Tables that were only read must still be as they were: a pointer moved onto itself checks that. */
function unchangedBases(drafts: ReadonlyMap<string, Draft>, options: BeginOptions): readonly PointerChange[] {
  return (options.base ?? [])
    .filter((table) => !drafts.has(table.name))
    .map((table) => ({ name: table.name, from: table.metadataLocation, to: table.metadataLocation }))
}
