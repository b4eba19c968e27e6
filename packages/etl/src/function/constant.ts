import type { ArgInfo } from './contract.ts'

/** The text of a constant argument; undefined when it is absent, NULL or no text. */
export function constantText(arg: ArgInfo | undefined): string | undefined {
  return typeof arg?.constant === 'string' ? arg.constant : undefined
}

/** The value of a constant whole number between `least` and `most`, or undefined. */
export function constantInteger(arg: ArgInfo | undefined, least: number, most: number): number | undefined {
  const digits = constantText(arg)
  if (digits === undefined || !/^-?[0-9]{1,15}$/u.test(digits)) return undefined
  const value = Number(digits)
  return value >= least && value <= most ? value : undefined
}
