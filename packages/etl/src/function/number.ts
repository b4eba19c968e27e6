import { arithmeticFunctions } from './arithmetic.ts'
import type { FunctionDefinition } from './contract.ts'
import { integerFunctions } from './integer.ts'
import { roundingFunctions } from './rounding.ts'
import { scientificFunctions } from './scientific.ts'
import { signFunctions } from './sign.ts'

/** The number family of the catalogue. */
export const numberFunctions = {
  ...arithmeticFunctions,
  ...integerFunctions,
  ...roundingFunctions,
  ...signFunctions,
  ...scientificFunctions,
} as const satisfies Record<string, FunctionDefinition>
