import type { FunctionDefinition } from './contract.ts'
import { capitalize, lower, proper, upper } from './text/case.ts'
import { left, length, right, split, splitPart, substring } from './text/slice.ts'
import { collapseSpace, isBlank, ltrim, nullIfBlank, rtrim, trim } from './text/trim.ts'

/** The text family of the catalogue. */
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
} as const satisfies Record<string, FunctionDefinition>
