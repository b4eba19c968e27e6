import type { FunctionDefinition } from './contract.ts'
import { parseJson, toJson } from './json/convert.ts'
import { jsonBool, jsonDecimal, jsonFloat, jsonGet, jsonInt, jsonText } from './json/extract.ts'
import { jsonArrayLength, jsonExists, jsonKeys, jsonList, jsonType } from './json/shape.ts'

/** The functions on JSON documents of the catalogue. */
export const jsonFunctions = {
  parseJson,
  toJson,
  jsonText,
  jsonInt,
  jsonDecimal,
  jsonFloat,
  jsonBool,
  jsonGet,
  jsonType,
  jsonExists,
  jsonArrayLength,
  jsonKeys,
  jsonList,
} as const satisfies Record<string, FunctionDefinition>
