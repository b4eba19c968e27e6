import type { FunctionDefinition } from './contract.ts'

/** The nested family of the catalogue. */
export const nestedFunctions = {} as const satisfies Record<string, FunctionDefinition>
