import { constantInt } from './constant.ts'
import type { ArgInfo } from './contract.ts'

/** The largest constant position, count or amount that functions take. */
export const maxCount = 999_999_999

/** The value of a constant whole number between `least` and `most`, or undefined. */
export function constantCount(
  arg: ArgInfo | undefined,
  least: number,
  most: number = maxCount,
): number | undefined {
  const value = constantInt(arg)
  return value !== undefined && value >= least && value <= most ? value : undefined
}
