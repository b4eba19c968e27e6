import type { FunctionDefinition } from './contract.ts'

/** The regex family of the catalogue. */
export const regexFunctions = {} as const satisfies Record<string, FunctionDefinition>
