import { EtlError } from '../base/errors.ts'

/** Reads the value of an option that takes a whole number of at least `least`. Fails with `cli.usage`. */
export function wholeNumber(option: string, text: string, least: number): number {
  const n = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(n >= least && n <= Number.MAX_SAFE_INTEGER)) {
    throw new EtlError('cli.usage', `${option} takes a whole number of at least ${least}, not "${text}"`)
  }
  return n
}

/** Reads the value of an option that takes one of several words. Fails with `cli.usage`. */
export function choice<T extends string>(option: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((a) => a === text)
  if (found === undefined)
    throw new EtlError('cli.usage', `${option} is ${allowed.join(', ')}, not "${text}"`)
  return found
}

const durations: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Reads a duration such as `7d`, `12h`, `30m` or `0s` into milliseconds. Fails with `cli.usage`. */
export function duration(option: string, text: string): number {
  const match = /^(\d+)\s*([smhd])$/.exec(text.trim())
  const unit = durations[match?.[2] ?? '']
  if (match === null || unit === undefined) {
    throw new EtlError('cli.usage', `${option} takes a duration, not "${text}"`, {
      hint: 'Write a duration such as 7d, 12h or 30m.',
    })
  }
  return Number(match[1]) * unit
}
