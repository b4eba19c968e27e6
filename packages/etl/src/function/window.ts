import type { FunctionDefinition } from './contract.ts'

/** The window family of the catalogue. */
export const windowFunctions = {} as const satisfies Record<string, FunctionDefinition>
