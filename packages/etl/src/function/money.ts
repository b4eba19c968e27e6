import type { FunctionDefinition } from './contract.ts'

/** The money family of the catalogue. */
export const moneyFunctions = {} as const satisfies Record<string, FunctionDefinition>
