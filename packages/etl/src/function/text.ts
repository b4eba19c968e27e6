import type { FunctionDefinition } from './contract.ts'

/** The text family of the catalogue. */
export const textFunctions = {} as const satisfies Record<string, FunctionDefinition>
