import { pauseAfter } from '../../base/backoff.ts'
import { EtlError } from '../../base/errors.ts'
import type { ObjectStore } from '../../store/contract.ts'
import type { FileStore } from '../store/contract.ts'
import { type Catalog, type CatalogState, fenced, missingFile, type Publication } from './contract.ts'
import {
  type CatalogDocument,
  emptyDocument,
  parseDocument,
  printDocument,
  withClaim,
  withMoves,
  withoutClaim,
} from './document.ts'

/** How long a change is tried again because others were quicker, before it fails with `lake.conflict`. */
const patienceMs = 30_000
const pauses = { firstMs: 20, longestMs: 1_000 }

export interface ObjectCatalogOptions {
  readonly objects: ObjectStore
  /** Address of the catalog object. */
  readonly address: string
  readonly store: FileStore
}

/**
 * Opens a catalog that is one object: the pointers of all tables, their epochs, the receipts of the latest publications,
 * and what is being removed. Every change replaces the object as it was read (`If-Match`), so changes happen one after
 * another, and several pointers move together.
 *
 * A write whose reply was lost is resolved by reading the object again: a publication that landed is in its receipts. Nothing
 * is deleted because of a doubt.
 */
export function openObjectCatalog({ objects, address, store }: ObjectCatalogOptions): Catalog {
  const load = async (): Promise<{
    readonly document: CatalogDocument
    readonly etag: string | undefined
  }> => {
    const found = await objects.get(address)
    if (found === undefined) return { document: emptyDocument, etag: undefined }
    return { document: parseDocument(found.bytes.toString('utf8'), address), etag: found.etag }
  }
  const change = (edit: Edit): Promise<void> => replaceUntilDone(load, edit, objects, address)
  return {
    look: async () => stateOf((await load()).document),
    takeEpoch: async (scope) => {
      let number = 0
      await change((document) => {
        const known = document.epochs.get(scope)
        number = (known?.number ?? 0) + 1
        const epochs = new Map(document.epochs).set(scope, { number, published: known?.published ?? 0 })
        return { ...document, epochs }
      })
      return { scope, number }
    },
    publish: async (publication) => {
      try {
        await change((document) => published(document, publication, store))
      } catch (error) {
        if (!isDoubtful(error)) throw error
        // The answer was lost, not necessarily the write.
        const now = await load().catch(() => undefined)
        if (now?.document.receipts.has(publication.id) !== true) throw error
      }
    },
    remove: async (paths, allowed) => {
      const locations = paths.map(store.toLocation)
      const id = crypto.randomUUID()
      await change((document) => {
        allowed(stateOf(document).pointers)
        return locations.length === 0 ? undefined : withClaim(document, id, locations)
      })
      // From here on no commit may name the files, whether it has looked for them or not.
      await objects.delete(locations)
      await change((document) => withoutClaim(document, id))
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

interface Loaded {
  readonly document: CatalogDocument
  /** Undefined before the first commit. */
  readonly etag: string | undefined
}

/** What a document becomes; undefined leaves it as it is. */
type Edit = (document: CatalogDocument) => CatalogDocument | undefined | Promise<CatalogDocument | undefined>

/** Replaces the document by what `edit` makes of it, again and again until nobody was quicker. */
async function replaceUntilDone(
  load: () => Promise<Loaded>,
  edit: Edit,
  objects: ObjectStore,
  address: string,
): Promise<void> {
  const patient = Date.now() + patienceMs
  for (let attempt = 1; ; attempt++) {
    const { document, etag } = await load()
    const next = await edit(document)
    if (next === undefined) return
    const bytes = Buffer.from(printDocument(next))
    if ((await objects.put(address, bytes, etag === undefined ? 'absent' : { etag })) !== undefined) return
    if (Date.now() > patient) throw busy(address)
    // Of several that were refused together, all but one will be again unless they part.
    await pauseAfter(attempt, pauses)
  }
}

const stateOf = (document: CatalogDocument): CatalogState => ({
  pointers: new Map([...document.tables].map(([name, table]) => [name, table.metadata])),
  removals: document.removals,
})

/** Whether a call may have happened although it failed. */
const isDoubtful = (error: unknown): boolean =>
  error instanceof EtlError && ['connection.failed', 'connection.timeout'].includes(error.code)

function busy(address: string): EtlError {
  return new EtlError('lake.conflict', `${address} was changed by others for too long`, {
    retry: 'transient',
    hint: 'Run fewer processes at once on one lake.',
  })
}

/** The document with a publication in it; undefined when it is in there already. */
async function published(
  document: CatalogDocument,
  { id, changes, epoch, check, since, files = [] }: Publication,
  store: FileStore,
): Promise<CatalogDocument | undefined> {
  if (document.receipts.has(id)) return undefined
  const known = epoch === undefined ? undefined : document.epochs.get(epoch.scope)
  const newest = known?.published ?? 0
  if (epoch !== undefined && newest > epoch.number) throw fenced(epoch, newest)
  check?.(stateOf(document).pointers)
  const moved = withMoves(document, id, changes)
  await assertThere(document, files, since, store)
  const epochs =
    epoch === undefined
      ? document.epochs
      : new Map(document.epochs).set(epoch.scope, {
          number: Math.max(known?.number ?? 0, epoch.number),
          published: epoch.number,
        })
  return { ...moved, epochs }
}

/**
 * Fails with `lake.missing-file` when a file is being removed, or was. Files are written after the catalog was looked at:
 * while nothing has been removed since then, they are where they were put.
 */
async function assertThere(
  document: CatalogDocument,
  files: readonly string[],
  since: CatalogState | undefined,
  store: FileStore,
): Promise<void> {
  const removing = new Set([...document.removing.values()].flatMap((claim) => claim.locations))
  const claimed = files.find((path) => removing.has(store.toLocation(path)))
  if (claimed !== undefined) throw missingFile(store.toLocation(claimed))
  if (document.removals === since?.removals) return
  const gone = await store.firstMissing(files)
  if (gone !== undefined) throw missingFile(store.toLocation(gone))
}
