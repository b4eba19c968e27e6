import { DuckDBInstance } from '@duckdb/node-api'
import { quoteText } from '../../../function/dialect.ts'
import { parseLinear } from '../../../function/regex/linear.ts'
import { matchPatterns } from './grok-match.ts'

/** What a pattern made of sampled records: for each that it matches, the text of each capture (NULL where it took no part). */
export interface SampledCaptures {
  readonly captures: readonly string[]
  readonly matched: readonly (readonly (string | null)[])[]
}

/**
 * Matches a pattern with a few sampled records, as a run would. Fails with what the engine says of a pattern that it does not
 * take.
 */
export async function captureSample(regex: string, records: readonly string[]): Promise<SampledCaptures> {
  const parsed = parseLinear(regex)
  const captures = typeof parsed === 'string' ? [] : [...new Set(parsed.captures)]
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '512MB' })
  const connection = await instance.connect()
  try {
    const rows = records.map((r, i) => `(${quoteText(r.replaceAll('\0', '\u{FFFD}'))}, ${i})`).join(', ')
    const from = `SELECT * FROM (VALUES ${rows}) AS t(line, n)`
    const texts = captures.map((_, i) => `x${i}`).join(', ')
    const sql = `SELECT ${texts === '' ? 'n' : texts} FROM (${matchPatterns([regex], captures, 'n', from)}) WHERE hit = 0 ORDER BY n`
    const result = await connection.runAndReadAll(sql)
    return {
      captures,
      matched: result.getRows().map((row) => row.map((v) => (typeof v === 'string' ? v : null))),
    }
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
