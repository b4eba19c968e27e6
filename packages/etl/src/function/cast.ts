import type { FunctionDefinition } from './contract.ts'

/** The cast family of the catalogue. */
export const castFunctions = {} as const satisfies Record<string, FunctionDefinition>
