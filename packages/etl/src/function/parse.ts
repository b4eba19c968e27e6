import type { FunctionDefinition } from './contract.ts'

/** The parse family of the catalogue. */
export const parseFunctions = {} as const satisfies Record<string, FunctionDefinition>
