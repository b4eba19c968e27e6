import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, describe, expect, test } from 'vitest'
import { quoteText } from '../../function/dialect.ts'
import { printExpression } from '../../function/print.ts'
import { resolveCall } from '../../function/resolve.ts'
import { parseTimeFormat, timeFormatRegex } from '../../function/time-format.ts'
import type { Expression } from '../../plan/expression.ts'
import { text } from '../../plan/type.ts'

const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
const connection = await instance.connect()
afterAll(() => {
  connection.closeSync()
  instance.closeSync()
})

const x: Expression = { kind: 'column', name: 'x', type: text, nullable: true }

function printed(name: string, ...constants: readonly string[]): string {
  const literals = constants.map((value): Expression => ({
    kind: 'literal',
    value,
    type: text,
    nullable: false,
  }))
  const call = resolveCall(name, [x, ...literals])
  if ('problem' in call) throw new Error(call.problem)
  return printExpression(call.expression, 'duckdb')
}

/** Texts that are read although they should not be or the other way round, and how many were looked at. */
async function judged(
  texts: string,
  parsed: string,
  grammar: string,
): Promise<{ readonly wrong: readonly string[]; readonly read: number; readonly all: number }> {
  const sql = `SELECT count(*), count(v), list(x) FILTER (v IS NOT NULL AND NOT regexp_full_match(x, ${quoteText(grammar)}))
    FROM (SELECT x, ${parsed} AS v FROM (${texts}))`
  const [[all, read, wrong] = []] = (await connection.runAndReadAll(sql)).getRowsJson()
  return { all: Number(all), read: Number(read), wrong: (wrong ?? []) as readonly string[] }
}

/** All texts of `length` characters out of an alphabet. */
function words(alphabet: string, length: number): string {
  const letters = `(SELECT unnest(string_split(${quoteText(alphabet)}, '')) AS c)`
  const parts = Array.from({ length }, (_, i) => `${letters} AS t${i}`)
  return `SELECT ${parts.map((_, i) => `t${i}.c`).join(' || ')} AS x FROM ${parts.join(', ')}`
}

/** What the quick guards let through is what the grammar lets through; a cast alone reads much more. */
describe('quick guards of parsers', () => {
  test.each([
    ['parse_int64', words('0159e.x_+- ', 5)],
    ['parse_int64', `SELECT '0x' || x AS x FROM (${words('0159F', 6)})`],
    [
      'parse_int32',
      `SELECT x || 'e' || y AS x FROM (${words('01.', 4)}), (${words('0123-', 2).replace('AS x', 'AS y')})`,
    ],
  ])('%s reads plain numbers alone: %s', async (name, texts) => {
    const grammar = '[+-]?[0-9]+'
    const { wrong, all } = await judged(texts, printed(name), grammar)
    expect(wrong).toEqual([])
    expect(all).toBeGreaterThan(1000)
    const missed = `SELECT count(*) FROM (SELECT x, ${printed(name)} AS v FROM (${texts})) WHERE v IS NULL AND regexp_full_match(x, '${grammar}')`
    expect(Number((await connection.runAndReadAll(missed)).getRowsJson()[0]?.[0])).toBe(0)
  })

  test.each([
    ['yyyy-MM-dd HH:mm:ss', '2024-01-05 17:02:03'],
    ['yyyy-MM-dd HH:mm:ss', '2024-12-31 23:59:59'],
    ['yyyy-MM-dd HH:mm', '2024-01-05 17:02'],
    ["yyyy-MM-dd'T'HH:mm:ssXXX", '2024-01-05T20:02:03Z'],
    ["yyyy-MM-dd'T'HH:mm:ss.SSS", '2024-01-05T07:02:03.120'],
    ['yyyy-MM-dd', '2024-01-05'],
    ['dd/MM/yyyy HH:mm', '05/01/2024 17:02'],
    ['MMM d yyyy HH:mm:ss', 'Feb 5 2024 20:07:00'],
    ['MMM d yyyy HH:mm:ss', 'Feb 25 2024 00:07:00'],
    ['dd MMM yyyy hh:mm a', '05 Jan 2024 09:30 PM'],
  ])('parse_timestamp reads %s alone: %s with any two characters changed', async (format, good) => {
    const parsedFormat = parseTimeFormat(format, 'timestamp', 'read')
    if (typeof parsedFormat === 'string') throw new Error(parsedFormat)
    const at = good.length
    const texts = `SELECT DISTINCT y[1:j-1] || d || y[j+1:] AS x FROM
      (SELECT ${quoteText(good)}[1:i-1] || c || ${quoteText(good)}[i+1:] AS y FROM range(1, ${at + 1}) r(i), (SELECT unnest(string_split(${quoteText(nasty)}, '|')) AS c)),
      range(1, ${at + 1}) s(j), (SELECT unnest(string_split(${quoteText(nasty)}, '|')) AS d)`
    const { wrong, all, read } = await judged(
      texts,
      printed('parse_timestamp', format),
      timeFormatRegex(parsedFormat),
    )
    expect(wrong).toEqual([])
    expect(read).toBeGreaterThan(100)
    expect(all).toBeGreaterThan(read)
  })
})

const nasty = ' |-|+|.|:|/|T|Z|a|0|1|2|4|6|9||00|é|_|e|\t'
