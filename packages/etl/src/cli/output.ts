import type { QueryResult } from '../engine/contract.ts'
import type { Schema } from '../plan/type.ts'

/** Prints the one JSON document of a command. Bigints become text so that nothing is rounded. */
export function printJson(value: unknown): void {
  const textOfValue = JSON.stringify(value, (_key, v: unknown) => (typeof v === 'bigint' ? String(v) : v), 2)
  process.stdout.write(`${textOfValue}\n`)
}

/** A whole number in groups of three digits. Not by the locale's own printing, which takes 20 ms to load. */
export const number = (n: number | undefined): string =>
  n === undefined ? '' : String(Math.round(n)).replaceAll(/\B(?=(?:\d{3})+$)/g, ',')

/** How many there are of something: `1 file`, `2,000 files`. */
export const counted = (n: number, one: string): string => `${number(n)} ${one}${n === 1 ? '' : 's'}`

export function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

export function bytes(n: number | undefined): string {
  if (n === undefined) return ''
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = n < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(n) / 10))
  return `${(n / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`
}

/** Reads a result to its end; at most `limit` rows. */
export async function collect(
  result: QueryResult,
  limit = Infinity,
): Promise<{ readonly rows: unknown[][]; readonly more: boolean }> {
  const rows: unknown[][] = []
  for await (const chunk of result.chunks) {
    for (let r = 0; r < chunk.rows; r++) {
      if (rows.length >= limit) return { rows, more: true }
      rows.push(chunk.columns.map((c) => c[r]))
    }
  }
  return { rows, more: false }
}

/** The positions of the columns that hold numbers, which are aligned to the right. */
export const numericColumns = (schema: Schema): readonly number[] =>
  schema.flatMap((f, i) => (/^(u?int|decimal|float)/.test(f.type.kind) ? [i] : []))
