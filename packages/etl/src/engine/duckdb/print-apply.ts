import { quoteName, sqlType } from '../../function/dialect.ts'
import type { ApplyNode } from '../../plan/node.ts'
import { findField } from '../../plan/type.ts'
import { applyName, crossingType, isNested } from './crossing.ts'

/** Prints the call of a registered row function; rows for which it gives null are left out. */
export function printApply(node: ApplyNode, from: string): string {
  const args = node.reads.map((name) => {
    const type = findField(node.from.schema, name)?.type
    const cross = type === undefined ? 'VARCHAR' : crossingType(type)
    const nested = type !== undefined && isNested(type)
    return `CAST(${nested ? `to_json(${quoteName(name)})` : quoteName(name)} AS ${cross})`
  })
  const produced = new Map(node.produces.map((p) => [p.name, p]))
  const columns = node.schema.map((f) => {
    if (!produced.has(f.name)) return quoteName(f.name)
    const value = `"__applied".${quoteName(f.name)}`
    const json = isNested(f.type) ? `CAST(${value} AS JSON)` : value
    return `CAST(${json} AS ${sqlType(f.type, 'duckdb')}) AS ${quoteName(f.name)}`
  })
  const call = `${applyName(node.function)}(${args.join(', ')})`
  return `SELECT ${columns.join(', ')} FROM (SELECT *, ${call} AS "__applied" FROM ${from}) WHERE "__applied" IS NOT NULL`
}
