import { RedshiftError, syntaxError } from './error.ts'
import { Reader } from './reader.ts'
import { print, type Token, upper } from './tokens.ts'
import { readType } from './type.ts'

/** Functions that this stand-in has of Redshift's, under the same names. */
const functions = new Set([
  'CHR',
  'COALESCE',
  'COUNT',
  'FORMAT_TYPE',
  'JSON_PARSE',
  'JSON_SERIALIZE_TO_VARBYTE',
  'MAX',
  'MIN',
  'PG_BACKEND_PID',
  'PG_TERMINATE_BACKEND',
  'SUM',
])

/** Words that a parenthesis may follow, besides functions. */
const words = new Set(
  'ALL AND AS BY CAST CASE DATEADD ELSE EXISTS FROM HAVING IN INSERT INTO JOIN NOT ON OR POSITION SELECT THEN UNION USING VALUES WHEN WHERE'.split(
    ' ',
  ),
)

/** Words of PostgreSQL that Redshift does not have in queries and changes. */
const foreign = [
  ['ON', 'CONFLICT'],
  ['RETURNING'],
  ['IS', 'DISTINCT'],
  ['IS', 'NOT', 'DISTINCT'],
  ['FOR', 'UPDATE'],
  ['FOR', 'SHARE'],
  ['LATERAL'],
  ['FILTER'],
  ['TABLESAMPLE'],
]

/**
 * Translates a query or a change: names of functions are checked, casts get PostgreSQL's types, `DATEADD` becomes an addition.
 */
export function translateQuery(tokens: readonly Token[]): string {
  tokens.forEach((_, i) => {
    for (const phrase of foreign)
      if (phrase.every((word, n) => upper(tokens[i + n]) === word)) throw syntaxError(phrase.join(' '))
  })
  return print(rewrite(tokens))
}

function rewrite(tokens: readonly Token[]): readonly Token[] {
  const made: Token[] = []
  const sign = (text: string): Token => ({ kind: 'sign', text })
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]
    if (token === undefined) break
    const word = upper(token)
    const isCall = token.kind === 'name' && tokens[i + 1]?.text === '(' && tokens[i - 1]?.text !== '.'
    if (isCall && !functions.has(word) && !words.has(word))
      throw new RedshiftError(`function ${token.text.toLowerCase()} does not exist`, '42883')
    if (isCall && word === 'CAST') {
      const end = closing(tokens, i + 1)
      const as = lastAs(tokens, i + 2, end)
      const reader = new Reader(tokens.slice(as + 1, end))
      const { postgres } = readType(reader)
      reader.ends()
      const value = rewrite(tokens.slice(i + 2, as))
      made.push(
        { kind: 'name', text: 'CAST' },
        sign('('),
        ...value,
        { kind: 'name', text: `AS ${postgres}` },
        sign(')'),
      )
      i = end
    } else if (isCall && word === 'DATEADD') {
      const end = closing(tokens, i + 1)
      const [unit, , count] = tokens.slice(i + 2, i + 5)
      const moment = rewrite(tokens.slice(i + 6, end))
      made.push(
        sign('('),
        ...moment,
        { kind: 'name', text: `+ interval '${count?.text} ${unit?.text}'` },
        sign(')'),
      )
      i = end
    } else made.push(token)
  }
  return made
}

/** The place of the parenthesis that closes the one at `open`. */
function closing(tokens: readonly Token[], open: number): number {
  let depth = 0
  for (let i = open; i < tokens.length; i++) {
    if (tokens[i]?.text === '(') depth += 1
    if (tokens[i]?.text === ')') depth -= 1
    if (depth === 0) return i
  }
  throw syntaxError('end of statement')
}

function lastAs(tokens: readonly Token[], from: number, end: number): number {
  for (let i = end - 1; i > from; i--) if (upper(tokens[i]) === 'AS') return i
  throw syntaxError('CAST')
}

/**
 * Checks a MERGE: its source is a table, its condition compares columns for equality, and it has both clauses without further
 * conditions. Source: database developer guide, "MERGE".
 */
export function checkMerge(tokens: readonly Token[]): void {
  const reader = new Reader(tokens)
  reader.wants('MERGE', 'INTO')
  reader.relation()
  reader.wants('USING')
  reader.relation()
  if (reader.takes('AS')) reader.next()
  reader.wants('ON')
  for (let word = upper(reader.next()); word !== 'WHEN'; word = upper(reader.next()))
    if (!['.', '=', 'AND'].includes(word) && !/^[\w"]/.test(word)) throw syntaxError(word)
  reader.wants('MATCHED', 'THEN')
  if (!reader.takes('DELETE')) reader.wants('UPDATE', 'SET')
  let clauses = 0
  for (const [i, token] of reader.rest().entries())
    if (upper(token) === 'WHEN') {
      const next = reader
        .rest()
        .slice(i, i + 5)
        .map(upper)
        .join(' ')
      if (next !== 'WHEN NOT MATCHED THEN INSERT') throw syntaxError(next)
      clauses += 1
    }
  if (clauses !== 1) throw syntaxError('MERGE')
}
