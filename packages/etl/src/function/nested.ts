import type { FunctionDefinition } from './contract.ts'
import {
  get,
  listConcat,
  listContains,
  listDistinct,
  listJoin,
  listLength,
  listSort,
  makeList,
} from './nested/list.ts'
import { makeStruct, mapGet, mapKeys, structField } from './nested/struct.ts'

/** The functions on lists, structs and maps of the catalogue. */
export const nestedFunctions = {
  get,
  listLength,
  listContains,
  listSort,
  listDistinct,
  listConcat,
  listJoin,
  makeList,
  structField,
  makeStruct,
  mapGet,
  mapKeys,
} as const satisfies Record<string, FunctionDefinition>
