import type { FunctionDefinition } from './contract.ts'
import { add } from './number.ts'

/** Every function of the product, by name. A literal object, so that TypeScript signatures derive from it. */
export const catalogue = { add } as const satisfies Record<string, FunctionDefinition>

const byName: ReadonlyMap<string, FunctionDefinition> = new Map(Object.values(catalogue).map((f) => [f.name, f]))

/** Finds a function by its snake-case name. */
export function findFunction(name: string): FunctionDefinition | undefined {
  return byName.get(name)
}
