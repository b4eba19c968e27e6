import { RedshiftError, syntaxError } from './error.ts'
import type { Reader } from './reader.ts'
import { upper } from './tokens.ts'

/** A type of a column. */
export interface RedshiftType {
  /** As Redshift names it, without length or precision. */
  readonly base: string
  readonly length?: number
  /** As PostgreSQL writes it. */
  readonly postgres: string
}

// Source: database developer guide, "Data types".
const plain: Readonly<Record<string, string>> = {
  BOOLEAN: 'boolean',
  SMALLINT: 'smallint',
  INTEGER: 'integer',
  BIGINT: 'bigint',
  DATE: 'date',
  SUPER: 'super',
}

function numbers(reader: Reader, most: number, base: string): readonly number[] {
  const found: number[] = []
  reader.wants('(')
  do found.push(Number(reader.next().text))
  while (reader.takes(','))
  reader.wants(')')
  if (!found.every((n) => n >= 0 && n <= most) || (found[0] ?? 0) < 1)
    throw new RedshiftError(`${base}(${found.join()}) is not allowed; at most ${most}`)
  return found
}

/** Reads a type. Fails on one that Redshift does not have, or on a length or precision beyond its own. */
export function readType(reader: Reader): RedshiftType {
  const word = upper(reader.next())
  switch (word) {
    case 'DOUBLE':
      reader.wants('PRECISION')
      return { base: 'DOUBLE PRECISION', postgres: 'double precision' }
    case 'TIMESTAMP':
    case 'TIME': {
      if (reader.takes('WITHOUT')) reader.wants('TIME', 'ZONE')
      return { base: word, postgres: word.toLowerCase() }
    }
    case 'CHARACTER':
      reader.wants('VARYING')
      return varchar(reader)
    case 'VARCHAR':
      return varchar(reader)
    case 'VARBYTE': {
      const [length] = upper(reader.peek()) === '(' ? numbers(reader, 16_777_216, word) : [64_000]
      return { base: 'VARBYTE', postgres: 'varbyte', ...(length === undefined ? {} : { length }) }
    }
    case 'DECIMAL':
    case 'NUMERIC': {
      const [precision = 18, scale = 0] = numbers(reader, 38, word)
      return { base: `DECIMAL(${precision},${scale})`, postgres: `numeric(${precision},${scale})` }
    }
    default: {
      const postgres = plain[word]
      if (postgres === undefined) throw syntaxError(word)
      return { base: word, postgres }
    }
  }
}

function varchar(reader: Reader): RedshiftType {
  const [length = 256] = numbers(reader, 65_535, 'VARCHAR')
  return { base: 'VARCHAR', length, postgres: `varchar(${length})` }
}
