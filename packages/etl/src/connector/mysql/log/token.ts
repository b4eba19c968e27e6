/** A piece of a statement: a bare word in capitals, a quoted name, a literal text, or a character. */
export interface Token {
  readonly kind: 'word' | 'name' | 'text' | 'mark'
  readonly text: string
}

const space = /\s+|--(?:\s[^\n]*)?(?=\n|$)|#[^\n]*|\/\*(?![!M])[\s\S]*?\*\/|\/\*M?!\d*|\*\//y
const pieces: readonly (readonly [Token['kind'], RegExp])[] = [
  ['name', /`((?:[^`]|``)*)`/y],
  ['text', /'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"/y],
  ['word', /[\p{L}\p{N}_$@]+/uy],
  ['mark', /[\s\S]/y],
]

/**
 * Takes a statement apart. Comments are left out, but for the contents of those that servers execute. Tokens come one by
 * one, so that a long statement is read as far as it is looked at.
 */
export function* tokensOf(sql: string): Generator<Token> {
  for (let at = 0; at < sql.length;) {
    space.lastIndex = at
    if (space.test(sql)) {
      at = space.lastIndex
      continue
    }
    for (const [kind, pattern] of pieces) {
      pattern.lastIndex = at
      const found = pattern.exec(sql)
      if (found === null) continue
      at = pattern.lastIndex
      yield { kind, text: kind === 'name' ? (found[1] ?? '').replaceAll('``', '`') : found[0] }
      break
    }
  }
}
