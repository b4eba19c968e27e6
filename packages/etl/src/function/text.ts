import type { FunctionDefinition } from './contract.ts'
import { capitalize, lower, proper, upper } from './text/case.ts'
import { charCode, mask, removeSymbols } from './text/clean.ts'
import { append, joinText, padLeft, padRight, repeat, reverse } from './text/join.ts'
import { contains, endsWith, position, replace, startsWith } from './text/search.ts'
import { left, length, right, split, splitPart, substring } from './text/slice.ts'
import { toText } from './text/to-text.ts'
import { collapseSpace, isBlank, ltrim, nullIfBlank, rtrim, trim } from './text/trim.ts'

/** The text family of the catalogue. Positions and lengths count Unicode code points. */
export const textFunctions = {
  lower,
  upper,
  capitalize,
  proper,
  trim,
  ltrim,
  rtrim,
  collapseSpace,
  isBlank,
  nullIfBlank,
  length,
  substring,
  left,
  right,
  split,
  splitPart,
  startsWith,
  endsWith,
  contains,
  position,
  replace,
  joinText,
  append,
  repeat,
  reverse,
  padLeft,
  padRight,
  removeSymbols,
  charCode,
  mask,
  toText,
} as const satisfies Record<string, FunctionDefinition>
