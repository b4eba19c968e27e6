import { syntaxError } from './error.ts'
import { nameOf, print, type Token, upper } from './tokens.ts'

/** A table's name as a statement gives it. */
export interface Relation {
  readonly schema: string
  readonly name: string
  /** Quoted, for PostgreSQL. */
  readonly sql: string
}

/** Reads tokens from left to right. */
export class Reader {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  peek(): Token | undefined {
    return this.#tokens[this.#at]
  }

  next(): Token {
    const token = this.#tokens[this.#at]
    if (token === undefined) throw syntaxError('end of statement')
    this.#at += 1
    return token
  }

  /** Takes words when they come next. */
  takes(...words: readonly string[]): boolean {
    if (!words.every((word, i) => upper(this.#tokens[this.#at + i]) === word)) return false
    this.#at += words.length
    return true
  }

  wants(...words: readonly string[]): void {
    if (!this.takes(...words)) throw syntaxError(this.peek()?.text ?? 'end of statement')
  }

  relation(): Relation {
    const schema = nameOf(this.next())
    this.wants('.')
    const name = nameOf(this.next())
    const quoted = (x: string): string => `"${x.replaceAll('"', '""')}"`
    return { schema, name, sql: `${quoted(schema)}.${quoted(name)}` }
  }

  /** Names between parentheses. */
  names(): readonly string[] {
    const found: string[] = []
    this.wants('(')
    do found.push(nameOf(this.next()))
    while (this.takes(','))
    this.wants(')')
    return found
  }

  rest(): readonly Token[] {
    return this.#tokens.slice(this.#at)
  }

  ends(): void {
    const left = this.peek()
    if (left !== undefined) throw syntaxError(print(this.rest()).slice(0, 40))
  }
}
