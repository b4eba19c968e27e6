import { bool } from '../plan/type.ts'
import { conditionalFunctions } from './conditional.ts'
import { defineFunction, type FunctionDefinition, type Printer } from './contract.ts'

const joined =
  (operator: string): Printer =>
  (args) =>
    `(${args.join(` ${operator} `)})`

/** `x AND y …`. */
export const and = defineFunction({
  name: 'and',
  kind: 'scalar',
  family: 'logic',
  meaning: 'False if any argument is false, else NULL if any is NULL, else true.',
  params: [{ name: 'conditions', accepts: ['bool'], variadic: true }],
  returns: 'bool',
  type: () => bool,
  nulls: 'strict',
  print: { duckdb: joined('AND'), postgres: joined('AND'), spark: joined('AND') },
  edges: [
    {
      types: [bool, bool],
      result: bool,
      rows: [
        { in: [true, true], out: true },
        { in: [true, false], out: false },
        { in: [false, false], out: false },
        { in: [true, null], out: null },
        { in: [false, null], out: false },
        { in: [null, false], out: false },
        { in: [null, null], out: null },
      ],
    },
    { types: [bool], result: bool, rows: [{ in: [true], out: true }] },
    {
      types: [bool, bool, bool],
      result: bool,
      rows: [
        { in: [true, true, true], out: true },
        { in: [true, null, false], out: false },
      ],
    },
  ],
})

/** `x OR y …`. */
export const or = defineFunction({
  name: 'or',
  kind: 'scalar',
  family: 'logic',
  meaning: 'True if any argument is true, else NULL if any is NULL, else false.',
  params: [{ name: 'conditions', accepts: ['bool'], variadic: true }],
  returns: 'bool',
  type: () => bool,
  nulls: 'strict',
  print: { duckdb: joined('OR'), postgres: joined('OR'), spark: joined('OR') },
  edges: [
    {
      types: [bool, bool],
      result: bool,
      rows: [
        { in: [true, true], out: true },
        { in: [true, false], out: true },
        { in: [false, false], out: false },
        { in: [true, null], out: true },
        { in: [false, null], out: null },
        { in: [null, true], out: true },
        { in: [null, null], out: null },
      ],
    },
    { types: [bool], result: bool, rows: [{ in: [false], out: false }] },
    { types: [bool, bool, bool], result: bool, rows: [{ in: [false, null, true], out: true }] },
  ],
})

const prefixed =
  (operator: string): Printer =>
  ([x]) =>
    `(${operator} ${x})`
const postfixed =
  (operator: string): Printer =>
  ([x]) =>
    `(${x} ${operator})`

/** `NOT x`. */
export const not = defineFunction({
  name: 'not',
  kind: 'scalar',
  family: 'logic',
  meaning: 'True for false, false for true, NULL for NULL.',
  params: [{ name: 'condition', accepts: ['bool'] }],
  returns: 'bool',
  type: () => bool,
  nulls: 'strict',
  print: { duckdb: prefixed('NOT'), postgres: prefixed('NOT'), spark: prefixed('NOT') },
  edges: truthTable([false, true, null]),
})

/** `x IS TRUE`. */
export const isTrue = defineFunction({
  name: 'is_true',
  kind: 'scalar',
  family: 'logic',
  meaning: 'Whether the condition is true; false for NULL.',
  params: [{ name: 'condition', accepts: ['bool'] }],
  returns: 'bool',
  type: () => bool,
  nulls: 'never',
  print: { duckdb: postfixed('IS TRUE'), postgres: postfixed('IS TRUE'), spark: postfixed('IS TRUE') },
  edges: truthTable([true, false, false]),
})

/** `x IS FALSE`. */
export const isFalse = defineFunction({
  name: 'is_false',
  kind: 'scalar',
  family: 'logic',
  meaning: 'Whether the condition is false; false for NULL.',
  params: [{ name: 'condition', accepts: ['bool'] }],
  returns: 'bool',
  type: () => bool,
  nulls: 'never',
  print: { duckdb: postfixed('IS FALSE'), postgres: postfixed('IS FALSE'), spark: postfixed('IS FALSE') },
  edges: truthTable([false, true, false]),
})

/** All there is to know of a function of one bool, in several orders so that no answer is a matter of position. */
function truthTable([ofTrue, ofFalse, ofNull]: readonly [boolean, boolean, boolean | null]) {
  const rows = [true, false, null, null, true, false, false, null].map((x) => ({
    in: [x],
    out: x === null ? ofNull : x ? ofTrue : ofFalse,
  }))
  return [{ types: [bool], result: bool, rows }]
}

/** The logic family of the catalogue. */
export const logicFunctions = {
  and,
  or,
  not,
  isTrue,
  isFalse,
  ...conditionalFunctions,
} as const satisfies Record<string, FunctionDefinition>
