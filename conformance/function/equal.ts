import { canonicalJson } from '../../packages/etl/src/base/json.ts'
import type { LiteralValue } from '../../packages/etl/src/plan/expression.ts'
import type { LogicalType } from '../../packages/etl/src/plan/type.ts'

function sameFloat(a: string, b: string): boolean {
  const [x, y] = [Number(a), Number(b)]
  if (Object.is(x, y) || x === y) return true
  // An infinite difference is no larger than a part of infinity.
  if (!Number.isFinite(x) || !Number.isFinite(y)) return false
  return Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(x), Math.abs(y))
}

const member = (value: LiteralValue, name: string): LiteralValue =>
  (value as { readonly [name: string]: LiteralValue })[name] ?? null

/** Whether two canonical values are the same: exact, but floats to a relative 1e-9 and JSON by its content. */
export function sameValue(a: LiteralValue, b: LiteralValue, type: LogicalType): boolean {
  if (a === null || b === null) return a === b
  if (type.kind === 'float64') return sameFloat(String(a), String(b))
  if (type.kind === 'json')
    return canonicalJson(JSON.parse(String(a))) === canonicalJson(JSON.parse(String(b)))
  if (type.kind === 'list' && Array.isArray(a) && Array.isArray(b)) {
    return (
      a.length === b.length &&
      a.every((v: LiteralValue, i) => sameValue(v, b[i] as LiteralValue, type.element))
    )
  }
  if (type.kind === 'struct')
    return type.fields.every((f) => sameValue(member(a, f.name), member(b, f.name), f.type))
  if (type.kind === 'map') return canonicalJson(a) === canonicalJson(b)
  return a === b
}
