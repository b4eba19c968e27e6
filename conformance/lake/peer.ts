import type { DuckDBConnection } from '@duckdb/node-api'
import type { AsOf, LakeTable } from '../../packages/etl/src/lake/index.ts'

/** A state of a table that another reader wrote as Parquet. */
export interface PeerState {
  readonly kind: string
  /** The snapshot id or the ref; null for the current state. */
  readonly name: string | null
  readonly path: string
}

/** A table as `read_pyiceberg.py` reports it. */
export interface PyIcebergTable {
  readonly name: string
  /** Field id, name, type, required. */
  readonly schema: readonly (readonly [number, string, string, boolean])[]
  /** Name, column, transform. */
  readonly partition: readonly (readonly [string, string, string])[]
  readonly current: string | null
  readonly snapshots: readonly {
    readonly id: string
    readonly parent: string | null
    readonly operation: string
    readonly summary: Readonly<Record<string, string>>
    readonly timestampMs: number
  }[]
  readonly refs: Readonly<Record<string, readonly [string, string]>>
  readonly files: readonly string[]
  readonly foundByFilter: Readonly<Record<string, number>>
  readonly states: readonly PeerState[]
}

/** A table as `read_spark.py` reports it. */
export interface SparkTable {
  readonly name: string
  readonly columns: readonly (readonly [string, string])[]
  /** Id, operation, summary. */
  readonly snapshots: readonly (readonly [string, string, Readonly<Record<string, string>>])[]
  readonly refs: Readonly<Record<string, readonly [string, string]>>
  readonly files: readonly string[]
  readonly states: readonly PeerState[]
}

/** How we name a state that a peer has read. */
export function asOf({ kind, name }: PeerState): { readonly asOf?: AsOf } {
  if (kind === 'snapshot') return { asOf: { snapshot: BigInt(name ?? 0) } }
  return kind === 'ref' ? { asOf: { ref: name ?? '' } } : {}
}

/** Counts the rows that only one of two relations has: ours, theirs. */
export async function difference(
  connection: DuckDBConnection,
  ours: string,
  theirs: string,
): Promise<readonly unknown[]> {
  const one = async (a: string, b: string): Promise<unknown> => {
    const result = await connection.runAndReadAll(`select count(*)::int from ((${a}) except all (${b}))`)
    return result.getRows()[0]?.[0]
  }
  return [await one(ours, theirs), await one(theirs, ours)]
}

/**
 * PyIceberg 0.12 reads a NULL list of structs as an empty list (apache/iceberg-python#3833, open). The file is right:
 * Spark reads the NULL. A test fails once it is fixed, and this goes.
 */
export function asPyIcebergReads(sql: string, table: LakeTable): string {
  const lists = table.schema
    .filter((f) => f.type.kind === 'list' && f.type.element.kind === 'struct')
    .map((f) => `coalesce("${f.name}", []) as "${f.name}"`)
  return lists.length === 0 ? sql : `select * replace (${lists.join(', ')}) from (${sql})`
}

/** Spark has no uuid; it reads one as text. */
export function asSparkReads(sql: string, table: LakeTable): string {
  const uuids = table.schema
    .filter((f) => f.type.kind === 'uuid')
    .map((f) => `"${f.name}"::varchar as "${f.name}"`)
  return uuids.length === 0 ? sql : `select * replace (${uuids.join(', ')}) from (${sql})`
}
