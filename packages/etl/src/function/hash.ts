import type { FunctionDefinition } from './contract.ts'

/** The hash family of the catalogue. */
export const hashFunctions = {} as const satisfies Record<string, FunctionDefinition>
