import { EtlError } from '../../base/errors.ts'
import { conflict, type PointerChange } from './contract.ts'

/** What the catalog object holds. Frozen: every change makes another. */
export interface CatalogDocument {
  readonly tables: ReadonlyMap<string, { readonly metadata: string; readonly previous?: string }>
  readonly epochs: ReadonlyMap<string, { readonly number: number; readonly published: number }>
  /** Ids of the latest publications and when they happened, oldest first. */
  readonly receipts: ReadonlyMap<string, number>
  /** Files that are being removed, by the id of the removal. */
  readonly removing: ReadonlyMap<string, { readonly locations: readonly string[]; readonly atMs: number }>
  /** Removals that have begun, ever. */
  readonly removals: number
}

export const emptyDocument: CatalogDocument = {
  tables: new Map(),
  epochs: new Map(),
  receipts: new Map(),
  removing: new Map(),
  removals: 0,
}

const version = 1

/** Receipts are asked for within seconds; a writer that finds its own gone takes its commit for lost and looks again. */
const keptReceipts = 256
/** After this long a removal is no longer under way: who began it is gone, and nothing names its files. */
const claimMs = 24 * 3_600_000

const members = ['tables', 'epochs', 'receipts', 'removing'] as const

/** Reads the text of a catalog object. Fails with `lake.corrupt`, or `lake.unsupported` on a newer version. */
export function parseDocument(text: string, address: string): CatalogDocument {
  let value: Readonly<Record<string, unknown>>
  try {
    value = (JSON.parse(text) as typeof value | null) ?? {}
  } catch (cause) {
    throw new EtlError('lake.corrupt', `${address} is no catalog of a lake`, { cause })
  }
  if (typeof value['version'] === 'number' && value['version'] > version)
    throw new EtlError('lake.unsupported', `${address} was written by a newer version`, { hint: 'Update.' })
  const isObject = (member: unknown): boolean => typeof member === 'object' && member !== null
  if (value['version'] !== version || !members.every((name) => isObject(value[name])))
    throw new EtlError('lake.corrupt', `${address} is no catalog of a lake`)
  const maps = members.map((name) => [name, new Map(Object.entries(value[name] as object))])
  return { ...(Object.fromEntries(maps) as CatalogDocument), removals: Number(value['removals'] ?? 0) }
}

/** Prints a catalog object; tables in the order of their names. */
export function printDocument(document: CatalogDocument): string {
  const sorted = (map: ReadonlyMap<string, unknown>): object =>
    Object.fromEntries([...map].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return JSON.stringify(
    {
      version,
      tables: sorted(document.tables),
      epochs: sorted(document.epochs),
      receipts: Object.fromEntries(document.receipts),
      removing: sorted(document.removing),
      removals: document.removals,
    },
    undefined,
    1,
  )
}

/** The document after a publication has moved its pointers, in their order. Fails with `lake.conflict`. */
export function withMoves(
  document: CatalogDocument,
  id: string,
  changes: readonly PointerChange[],
): CatalogDocument {
  const tables = new Map(document.tables)
  for (const { name, from, to } of changes) {
    if (tables.get(name)?.metadata !== from) throw conflict(name)
    if (to === undefined) tables.delete(name)
    else if (to !== from)
      tables.set(name, { metadata: to, ...(from === undefined ? {} : { previous: from }) })
  }
  const receipts = [...document.receipts, [id, Date.now()] as const].slice(-keptReceipts)
  return { ...document, tables, receipts: new Map(receipts) }
}

export function withClaim(
  document: CatalogDocument,
  id: string,
  locations: readonly string[],
): CatalogDocument {
  const before = Date.now() - claimMs
  const going = [...document.removing].filter(([, claim]) => claim.atMs >= before)
  const removing = new Map(going).set(id, { locations, atMs: Date.now() })
  return { ...document, removing, removals: document.removals + 1 }
}

/** The document without a removal that has ended; undefined when it is not in there. */
export function withoutClaim(document: CatalogDocument, id: string): CatalogDocument | undefined {
  if (!document.removing.has(id)) return undefined
  const removing = new Map([...document.removing].filter(([claim]) => claim !== id))
  return { ...document, removing }
}
