import type { FunctionDefinition } from './contract.ts'

/** The time family of the catalogue. */
export const timeFunctions = {} as const satisfies Record<string, FunctionDefinition>
