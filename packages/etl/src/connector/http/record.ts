import type { RemoteSource } from '../contract.ts'
import type { HttpReads } from '../http.ts'
import { type MemberPath, memberPath, type Path, rowsPath, valuePath } from './json-path.ts'
import { type PathNode, pathTree } from './path-tree.ts'
import { PageScanner } from './scan-page.ts'

/** A source's paths, put together once for a fetch. */
export interface RecordShape {
  readonly page: PathNode
  /** Names of the members that records get from outside, and the levels (0 the document) they come from. */
  readonly outer: readonly { readonly name: string; readonly level: number }[]
  /** The declared columns in a staged record, by name. */
  readonly columns: PathNode
  readonly names: readonly string[]
}

/** Works out where things stand in pages and records. Fails with `config.invalid` on paths that exclude each other. */
export function recordShape(reads: HttpReads, format: RemoteSource['format']): RecordShape {
  const rows = rowsPath(reads.rows)
  const columns = 'columns' in format ? format.columns : []
  const members = columns.map((c) => ({ ...c, at: memberPath(c.from, rows) }))
  const outside = new Map<string, MemberPath>()
  for (const { from, at } of members) if (at.out > 0) outside.set(from, at)
  const outer = [...outside.values()]
  const levels = rows.filter((s) => s.kind === 'elements').length + (rows.at(-1)?.kind === 'elements' ? 0 : 1)
  const inRecord = members.map((m): readonly [string, Path] => [
    m.name,
    // What comes from outside is a member of the staged record, named as its path is written.
    m.at.out > 0 ? [{ kind: 'member', name: m.from }] : m.at.path,
  ])
  return {
    page: pathTree({ rows, outer, values: pageValues(reads) }),
    outer: [...outside].map(([name, at]) => ({ name, level: levels - at.out })),
    columns: pathTree({ values: new Map(inRecord) }),
    names: members.map((m) => m.name),
  }
}

function pageValues({ paginate }: HttpReads): ReadonlyMap<string, Path> {
  const paths = new Map<string, Path>()
  if (paginate === undefined) return paths
  if ('next' in paginate) paths.set('next', valuePath(paginate.next))
  if (paginate.more !== undefined) paths.set('more', valuePath(paginate.more))
  if ('total' in paginate && paginate.total !== undefined) paths.set('total', valuePath(paginate.total))
  return paths
}

/** A record as it is staged: the bytes that were sent, with members from outside before its own. */
export function stagedRecord(
  raw: Buffer,
  outer: readonly (Buffer | undefined)[],
  { outer: from }: RecordShape,
): Buffer {
  if (from.length === 0 || raw[0] !== 0x7b) return raw
  const parts: Buffer[] = []
  for (const [i, value] of outer.entries())
    if (value !== undefined) parts.push(Buffer.from(`,${JSON.stringify(from[i]?.name)}:`), value)
  if (parts.length === 0) return raw
  const rest = raw.subarray(1)
  const isEmpty = rest.toString('latin1').trimStart().startsWith('}')
  const members = Buffer.concat(parts).subarray(1)
  return Buffer.concat([Buffer.from('{'), members, Buffer.from(isEmpty ? '' : ','), rest])
}

/** The declared columns of a staged record as JSON texts; undefined where it is no object that can be read. */
export function columnTexts(
  record: Buffer,
  { columns }: RecordShape,
): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>()
  const scanner = new PageScanner(columns, {
    row: () => undefined,
    value: (name, raw) => void found.set(name, raw.toString()),
  })
  try {
    scanner.push(Buffer.from(record))
    scanner.end()
    return found
  } catch {
    // The engine judges the record; here it has no values.
    return undefined
  }
}
