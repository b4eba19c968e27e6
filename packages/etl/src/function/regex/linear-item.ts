import type { DelimiterSet } from './delimiters.ts'

/** Regular expression text in which a number stands for the opening parenthesis of the capture of that index. */
export type RegexText = readonly (string | number)[]

/**
 * One element of a concatenation: a character that stands exactly once, a group that stands exactly once and is itself a
 * concatenation (with the index of its capture, if it is one), or anything else as text.
 */
export type RegexItem =
  | { readonly kind: 'char'; readonly char: string; readonly text: RegexText }
  | { readonly kind: 'group'; readonly items: readonly RegexItem[]; readonly capture: number | undefined }
  | {
      readonly kind: 'other'
      readonly text: RegexText
      readonly allows: DelimiterSet
      readonly choice?: LiteralsOrCapture
    }

/** A choice of literal texts, tried first, and one capture: `(?:-|(?<bytes>[0-9]+))`. */
export interface LiteralsOrCapture {
  readonly literals: readonly string[]
  readonly capture: number
  /** Whether the capture takes any text. */
  readonly takesAll: boolean
}

/** The text of an element. */
export function itemText(item: RegexItem): RegexText {
  return item.kind === 'group' ? [item.capture ?? '(?:', ...item.items.flatMap(itemText), ')'] : item.text
}
