import { RedshiftError, syntaxError } from './error.ts'

/** A piece of a statement. White space is left out. */
export interface Token {
  readonly kind: 'name' | 'quoted' | 'text' | 'number' | 'sign'
  /** As it is written; quoted names in lower case, as Redshift keeps them. */
  readonly text: string
}

const form =
  /\s+|(?<text>'(?:[^']|'')*')|(?<quoted>"(?:[^"]|"")+")|(?<name>[A-Za-z_][\w$]*)|(?<number>\d+(?:\.\d+)?)|(?<sign><=|>=|<>|\|\||[-+*/=<>(),.;])/y

/**
 * Splits a statement. Fails on what Redshift or this stand-in does not take: comments, several statements, casts by `::`, and
 * text literals with a backslash, whose meaning depends on the server's settings.
 */
export function tokensOf(sql: string): readonly Token[] {
  const tokens: Token[] = []
  for (form.lastIndex = 0; form.lastIndex < sql.length;) {
    const at = form.lastIndex
    const groups = form.exec(sql)?.groups
    if (groups === undefined) throw syntaxError(sql.slice(at, at + 20))
    const { text, quoted, name, number, sign } = groups
    if (text?.includes('\\') === true) throw new RedshiftError('a text literal holds a backslash')
    if (sign === ';') throw new RedshiftError('one statement at a time')
    if (text !== undefined) tokens.push({ kind: 'text', text })
    else if (quoted !== undefined) tokens.push({ kind: 'quoted', text: fold(quoted) })
    else if (name !== undefined) tokens.push({ kind: 'name', text: name })
    else if (number !== undefined) tokens.push({ kind: 'number', text: number })
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign })
  }
  return tokens
}

/** Redshift keeps quoted names in lower case, too. Source: database developer guide, "Names and identifiers". */
function fold(quoted: string): string {
  if (Buffer.byteLength(quoted) > 129) throw new RedshiftError(`${quoted} is longer than 127 bytes`)
  return quoted.replaceAll(/[A-Z]/g, (c) => c.toLowerCase())
}

export const upper = (token: Token | undefined): string =>
  token?.kind === 'name' ? token.text.toUpperCase() : (token?.text ?? '')

/** The text of tokens, for another server. */
export const print = (tokens: readonly Token[]): string =>
  tokens
    .map((t, i) => {
      const before = tokens[i - 1]
      const isTight = t.text === '.' || before?.text === '.' || (t.text === '(' && before?.kind === 'name')
      return i === 0 || isTight ? t.text : ` ${t.text}`
    })
    .join('')

/** The name that a quoted token stands for. */
export const nameOf = (token: Token | undefined): string =>
  token?.kind === 'quoted' ? token.text.slice(1, -1).replaceAll('""', '"') : (token?.text.toLowerCase() ?? '')

/** The value of a text literal. */
export const valueOf = (token: Token | undefined): string => {
  if (token?.kind !== 'text') throw syntaxError(token?.text ?? 'end')
  return token.text.slice(1, -1).replaceAll("''", "'")
}
