import type { FunctionDefinition } from './contract.ts'

/** The aggregate family of the catalogue. */
export const aggregateFunctions = {} as const satisfies Record<string, FunctionDefinition>
