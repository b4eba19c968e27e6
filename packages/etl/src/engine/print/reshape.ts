import type { Node, UnionNode, UnnestNode, UnpivotNode } from '../../plan/node.ts'
import { findField } from '../../plan/type.ts'
import { sourceOf, type Sql } from './sql.ts'

/** Prints a union of all rows, columns matched by name. */
export function printUnion(node: UnionNode, from: (n: Node) => string, s: Sql): string {
  const branch = (n: Node): string => {
    const columns = node.schema.map((f) => {
      const own = findField(n.schema, f.name)
      const value = own === undefined ? 'NULL' : s.name(own.name)
      return `CAST(${value} AS ${s.type(f.type)}) AS ${s.name(f.name)}`
    })
    return `SELECT ${columns.join(', ')} FROM ${sourceOf(from(n), s)}`
  }
  return node.inputs.map(branch).join(' UNION ALL ')
}

/** Prints one row per element of a list or entry of a map. */
export function printUnnest(node: UnnestNode, from: string, s: Sql): string {
  const type = findField(node.from.schema, node.column)?.type.kind
  const column = s.name(node.column)
  const list = type === 'map' ? `map_entries(${column})` : column
  if (s.dialect === 'duckdb') return unnestDuckdb(node, list, from, s)
  const [value, place] = [s.name('__value'), s.name('__place')]
  const position = s.dialect === 'spark' ? `CAST(${place} + 1 AS BIGINT)` : place
  const columns = node.schema.map((f) => {
    if (f.name === node.as) return `${value} AS ${s.name(f.name)}`
    // An empty list that is kept has one row, at position 1.
    if (f.name === node.position) return `coalesce(${position}, 1) AS ${s.name(f.name)}`
    return s.name(f.name)
  })
  const source = sourceOf(from, s)
  const elements =
    s.dialect === 'spark'
      ? `LATERAL VIEW ${node.keepEmpty ? 'OUTER ' : ''}posexplode(${list}) ${s.name('__u')} AS ${place}, ${value}`
      : `${node.keepEmpty ? 'LEFT' : 'INNER'} JOIN LATERAL unnest(${list}) WITH ORDINALITY AS ${s.name('__u')}(${value}, ${place}) ON TRUE`
  return `SELECT ${columns.join(', ')} FROM ${source} ${elements}`
}

function unnestDuckdb(node: UnnestNode, list: string, from: string, s: Sql): string {
  const filled = node.keepEmpty ? `CASE WHEN len(${list}) > 0 THEN ${list} ELSE [NULL] END` : list
  const columns = node.schema.map((f) => {
    if (f.name === node.as) return `unnest(${filled}) AS ${s.name(f.name)}`
    if (f.name === node.position) return `unnest(range(1, len(${filled}) + 1)) AS ${s.name(f.name)}`
    return s.name(f.name)
  })
  return `SELECT ${columns.join(', ')} FROM ${sourceOf(from, s)}`
}

/** Prints columns as rows of name and value. */
export function printUnpivot(node: UnpivotNode, from: string, s: Sql): string {
  const all = s.dialect === 'duckdb' ? unpivotDuckdb(node, from, s) : unpivotLateral(node, from, s)
  return node.keepNulls
    ? all
    : `SELECT * FROM ${sourceOf(`(${all})`, s)} WHERE ${s.name(node.valueTo)} IS NOT NULL`
}

function unpivotDuckdb(node: UnpivotNode, from: string, s: Sql): string {
  const names = node.columns.map(s.text).join(', ')
  const values = node.columns.map(s.name).join(', ')
  const columns = node.schema.map((f) => {
    if (f.name === node.nameTo) return `unnest([${names}]) AS ${s.name(f.name)}`
    if (f.name === node.valueTo) return `unnest([${values}]) AS ${s.name(f.name)}`
    return s.name(f.name)
  })
  return `SELECT ${columns.join(', ')} FROM ${sourceOf(from, s)}`
}

function unpivotLateral(node: UnpivotNode, from: string, s: Sql): string {
  const [name, value] = [s.name('__name'), s.name('__value')]
  const columns = node.schema.map((f) => {
    if (f.name === node.nameTo) return `${name} AS ${s.name(f.name)}`
    if (f.name === node.valueTo) return `${value} AS ${s.name(f.name)}`
    return s.name(f.name)
  })
  const pairs = node.columns.map((c) => `${s.text(c)}, ${s.name(c)}`)
  // Not by stack(): it takes a list that may hold NULL and one that may not for two types.
  const structs = node.columns.map((c) => `named_struct('n', ${s.text(c)}, 'v', ${s.name(c)})`).join(', ')
  const rows =
    s.dialect === 'spark'
      ? `LATERAL VIEW inline(array(${structs})) ${s.name('__u')} AS ${name}, ${value}`
      : `CROSS JOIN LATERAL (VALUES ${pairs.map((p) => `(${p})`).join(', ')}) AS ${s.name('__u')}(${name}, ${value})`
  return `SELECT ${columns.join(', ')} FROM ${sourceOf(from, s)} ${rows}`
}
