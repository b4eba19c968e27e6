import type { FunctionDefinition } from './contract.ts'

/** The logic family of the catalogue. */
export const logicFunctions = {} as const satisfies Record<string, FunctionDefinition>
