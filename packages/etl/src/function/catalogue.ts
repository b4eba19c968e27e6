import { aggregateFunctions } from './aggregate.ts'
import { singleAggregates } from './aggregate-single.ts'
import { castFunctions } from './cast.ts'
import { compareFunctions } from './compare.ts'
import type { FunctionDefinition } from './contract.ts'
import { hashFunctions } from './hash.ts'
import { jsonFunctions } from './json.ts'
import { logicFunctions } from './logic.ts'
import { moneyFunctions } from './money.ts'
import { nestedFunctions } from './nested.ts'
import { numberFunctions } from './number.ts'
import { parseFunctions } from './parse.ts'
import { quotientFunctions } from './quotient.ts'
import { regexFunctions } from './regex.ts'
import { textFunctions } from './text.ts'
import { timeFunctions } from './time.ts'
import { windowFunctions } from './window.ts'

/**
 * Every function of the product, one spread per family. Keys are the TypeScript names (camel case); each entry's `name`
 * is the SQL name (snake case). A literal object, so that TypeScript signatures derive from it.
 */
export const catalogue = {
  ...compareFunctions,
  ...logicFunctions,
  ...numberFunctions,
  ...quotientFunctions,
  ...moneyFunctions,
  ...castFunctions,
  ...parseFunctions,
  ...textFunctions,
  ...regexFunctions,
  ...timeFunctions,
  ...jsonFunctions,
  ...nestedFunctions,
  ...hashFunctions,
  ...aggregateFunctions,
  ...singleAggregates,
  ...windowFunctions,
} as const satisfies Record<string, FunctionDefinition>

const byName: ReadonlyMap<string, FunctionDefinition> = new Map(
  Object.values(catalogue as Record<string, FunctionDefinition>).map((f) => [f.name, f]),
)

/** Finds a function by its snake-case name. */
export function findFunction(name: string): FunctionDefinition | undefined {
  return byName.get(name)
}
