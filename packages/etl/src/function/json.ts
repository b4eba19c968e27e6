import type { FunctionDefinition } from './contract.ts'

/** The json family of the catalogue. */
export const jsonFunctions = {} as const satisfies Record<string, FunctionDefinition>
