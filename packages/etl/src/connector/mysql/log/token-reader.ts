import type { Token } from './token.ts'

/** The tokens of a statement, with steps over words that may be there. */
export interface Statement {
  readonly tokens: readonly Token[]
  at: number
  word(): string
  /** Steps over the words where they are next. */
  skip(...words: readonly string[]): boolean
  name(): string
  /** A name, with its database where it is said. */
  table(): { readonly database: string | undefined; readonly table: string }
}

export function statementOf(tokens: readonly Token[]): Statement {
  const statement: Statement = {
    tokens,
    at: 0,
    word: () => {
      const token = tokens[statement.at]
      return token?.kind === 'word' ? token.text.toUpperCase() : (token?.text ?? '')
    },
    skip(...words) {
      const isNext = words.every((word, i) => {
        const token = tokens[statement.at + i]
        return token?.kind !== 'name' && token?.text.toUpperCase() === word
      })
      if (isNext) statement.at += words.length
      return isNext
    },
    name: () => tokens[statement.at++]?.text ?? '',
    table() {
      const first = statement.name()
      if (tokens[statement.at]?.text !== '.') return { database: undefined, table: first }
      statement.at++
      return { database: first, table: statement.name() }
    },
  }
  return statement
}
