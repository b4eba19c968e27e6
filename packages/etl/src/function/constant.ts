import { decimal, type LogicalType } from '../plan/type.ts'
import type { ArgInfo } from './contract.ts'

/** The value of a constant integer argument, or undefined when it is absent, NULL or not a plain integer. */
export function constantInt(arg: ArgInfo | undefined): number | undefined {
  const value = arg?.constant
  return typeof value === 'string' && /^[+-]?[0-9]{1,9}$/.test(value) ? Number(value) : undefined
}

/** The value of a constant text argument, or undefined when it is absent or NULL. */
export function constantText(arg: ArgInfo | undefined): string | undefined {
  return typeof arg?.constant === 'string' ? arg.constant : undefined
}

/** The texts of a constant list<text> argument, or undefined when it is absent or holds anything else. */
export function constantTexts(arg: ArgInfo | undefined): readonly string[] | undefined {
  const value = arg?.constant
  if (!Array.isArray(value)) return undefined
  return value.every((v) => typeof v === 'string') ? (value as readonly string[]) : undefined
}

/** The decimal type that two constant arguments (precision, scale) declare, or a sentence that says what is wrong. */
export function declaredDecimal(
  precision: ArgInfo | undefined,
  scale: ArgInfo | undefined,
): LogicalType | string {
  const p = constantInt(precision)
  const s = constantInt(scale)
  if (p === undefined || p < 1 || p > 38) return 'precision must be a constant from 1 to 38'
  if (s === undefined || s < 0 || s > p) return `scale must be a constant from 0 to the precision, ${p}`
  return decimal(p, s)
}

/** The shape of a type that is known to be a decimal. */
export function decimalShape(type: LogicalType): { readonly precision: number; readonly scale: number } {
  return type.kind === 'decimal' ? type : { precision: 38, scale: 0 }
}
