import type { ExpressionAst, FunctionAst } from './ast.ts'

/** A moment moved by a constant interval, as a catalogue function with its count. */
export interface Shift {
  readonly name: string
  readonly moment: ExpressionAst
  /** A whole number, as text. */
  readonly count: string
}

const units: Readonly<Record<string, { readonly name: string; readonly factor: number }>> = {
  to_years: { name: 'add_months', factor: 12 },
  to_quarters: { name: 'add_months', factor: 3 },
  to_months: { name: 'add_months', factor: 1 },
  to_weeks: { name: 'add_days', factor: 7 },
  to_days: { name: 'add_days', factor: 1 },
  to_hours: { name: 'add_hours', factor: 1 },
  to_minutes: { name: 'add_minutes', factor: 1 },
  to_seconds: { name: 'add_seconds', factor: 1 },
}

/** The constant under the casts and the truncation that DuckDB's parser wraps around the count of an interval. */
function wholeConstant(ast: ExpressionAst | undefined): number | undefined {
  if (ast === undefined) return undefined
  if (ast.class === 'CAST') return wholeConstant(ast.child)
  if (ast.class === 'FUNCTION' && ast.function_name === 'trunc') return wholeConstant(ast.children[0])
  if (ast.class !== 'CONSTANT' || ast.value.type.id === 'DECIMAL') return undefined
  const count = Number(ast.value.value)
  return Number.isSafeInteger(count) ? count : undefined
}

/** An interval as a unit of the catalogue with a whole count. */
function intervalOf(ast: ExpressionAst): { readonly unit: string; readonly count: number } | undefined {
  if (ast.class === 'FUNCTION' && Object.hasOwn(units, ast.function_name)) {
    const count = wholeConstant(ast.children[0])
    return count === undefined ? undefined : { unit: ast.function_name, count }
  }
  if (ast.class !== 'CAST' || ast.cast_type.id !== 'INTERVAL' || ast.child.class !== 'CONSTANT')
    return undefined
  const match = /^(-?\d+) +([a-z]+?)s?$/i.exec(String(ast.child.value.value).trim())
  const unit = `to_${match?.[2]?.toLowerCase() ?? ''}s`
  return match !== null && Object.hasOwn(units, unit) ? { unit, count: Number(match[1]) } : undefined
}

/** Recognises `moment + interval` and `moment - interval`; `interval '3' day` arrives as a call of `to_days`. */
export function shiftOf(ast: FunctionAst): Shift | undefined {
  const sign = ast.function_name === '+' ? 1 : ast.function_name === '-' ? -1 : 0
  const [a, b] = ast.children
  if (sign === 0 || a === undefined || b === undefined) return undefined
  const second = intervalOf(b)
  const interval = second ?? (sign === 1 ? intervalOf(a) : undefined)
  const unit = interval === undefined ? undefined : units[interval.unit]
  if (interval === undefined || unit === undefined) return undefined
  const moment = second === undefined ? b : a
  return { name: unit.name, moment, count: String(sign * interval.count * unit.factor) }
}
