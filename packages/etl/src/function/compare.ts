import type { FunctionDefinition } from './contract.ts'

/** The compare family of the catalogue. */
export const compareFunctions = {} as const satisfies Record<string, FunctionDefinition>
