import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodePlan, encodePlan, planFingerprint, planVersion } from './codec.ts'
import type { Expression, LiteralValue, SortKey } from './expression.ts'
import { inputsOf, mapNode, type Node, scansOf } from './node.ts'
import type { Field, LogicalType } from './type.ts'

const simpleKinds = [
  'bool',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint64',
  'float64',
  'text',
  'bytes',
  'date',
  'time',
  'timestamp',
  'uuid',
  'json',
] as const

const types = fc.letrec<{ type: LogicalType; field: Field }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(...simpleKinds).map((kind): LogicalType => ({ kind })),
    fc
      .integer({ min: 1, max: 38 })
      .chain((precision) =>
        fc
          .integer({ min: 0, max: precision })
          .map((scale): LogicalType => ({ kind: 'decimal', precision, scale })),
      ),
    tie('type').map((element): LogicalType => ({ kind: 'list', element })),
    fc.array(tie('field'), { maxLength: 3 }).map((fields): LogicalType => ({ kind: 'struct', fields })),
    fc.tuple(tie('type'), tie('type')).map(([key, value]): LogicalType => ({ kind: 'map', key, value })),
  ),
  field: fc.record({ name: fc.string({ unit: 'binary' }), type: tie('type'), nullable: fc.boolean() }),
}))

const names = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('__proto__', 'constructor', 'a;drop table', '\u202Ertl', ''),
)
const schemas = fc.array(types.field, { maxLength: 4 })
const values: fc.Arbitrary<LiteralValue> = fc.letrec<{ value: LiteralValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    fc.constant(null),
    fc.boolean(),
    fc.string({ unit: 'binary' }),
    fc.bigInt().map(String),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
})).value

const expressions = fc.letrec<{ e: Expression; key: SortKey }>((tie) => ({
  e: fc.oneof(
    { maxDepth: 3 },
    fc.record({
      kind: fc.constant('column' as const),
      name: names,
      type: types.type,
      nullable: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('literal' as const),
      value: values,
      type: types.type,
      nullable: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('call' as const),
      function: names,
      args: fc.array(tie('e'), { maxLength: 3 }),
      type: types.type,
      nullable: fc.boolean(),
    }),
    fc.record(
      {
        kind: fc.constant('aggregate' as const),
        function: names,
        args: fc.array(tie('e'), { maxLength: 2 }),
        distinct: fc.boolean(),
        filter: tie('e'),
        order: fc.array(tie('key'), { maxLength: 2 }),
        type: types.type,
        nullable: fc.boolean(),
      },
      { requiredKeys: ['kind', 'function', 'args', 'type', 'nullable'] },
    ),
    fc.record(
      {
        kind: fc.constant('window' as const),
        function: names,
        args: fc.array(tie('e'), { maxLength: 2 }),
        partition: fc.array(tie('e'), { maxLength: 2 }),
        order: fc.array(tie('key'), { maxLength: 2 }),
        frame: fc.record({ from: fc.option(fc.integer()), to: fc.option(fc.integer()) }),
        type: types.type,
        nullable: fc.boolean(),
      },
      { requiredKeys: ['kind', 'function', 'args', 'partition', 'order', 'type', 'nullable'] },
    ),
  ),
  key: fc.record({
    expression: tie('e'),
    direction: fc.constantFrom('asc' as const, 'desc' as const),
    nulls: fc.constantFrom('first' as const, 'last' as const),
  }),
}))

const named = fc.array(fc.record({ name: names, expression: expressions.e }), { maxLength: 3 })

const plans: fc.Arbitrary<Node> = fc.letrec<{ node: Node }>((tie) => {
  const from = tie('node')
  const rest = { from, schema: schemas }
  return {
    node: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.record({ kind: fc.constant('scan' as const), input: names, schema: schemas }),
      fc.record({ kind: fc.constant('filter' as const), predicate: expressions.e, ...rest }),
      fc.record({ kind: fc.constant('project' as const), columns: named, ...rest }),
      fc.record({
        kind: fc.constant('expect' as const),
        rule: names,
        reason: names,
        predicate: expressions.e,
        blame: fc.array(names),
        ...rest,
      }),
      fc.record({
        kind: fc.constant('join' as const),
        type: fc.constantFrom(
          'inner' as const,
          'left' as const,
          'full' as const,
          'semi' as const,
          'anti' as const,
          'lookup' as const,
        ),
        left: from,
        right: from,
        on: fc.array(fc.record({ left: expressions.e, right: expressions.e }), { maxLength: 2 }),
        residual: expressions.e,
        keepRight: fc.array(fc.record({ column: names, as: names }), { maxLength: 2 }),
        schema: schemas,
      }),
      fc.record({
        kind: fc.constant('aggregate' as const),
        keys: named,
        aggregates: named,
        sets: fc.record({
          groups: fc.array(fc.array(fc.nat(3), { maxLength: 2 }), { minLength: 1 }),
          as: names,
        }),
        ...rest,
      }),
      fc.record({ kind: fc.constant('window' as const), columns: named, ...rest }),
      fc.record({
        kind: fc.constant('union' as const),
        inputs: fc.array(from, { minLength: 1, maxLength: 3 }),
        schema: schemas,
      }),
      fc.record({
        kind: fc.constant('sort' as const),
        order: fc.array(expressions.key, { maxLength: 2 }),
        ...rest,
      }),
      fc.record({ kind: fc.constant('limit' as const), count: fc.nat(), offset: fc.nat(), ...rest }),
      fc.record({
        kind: fc.constant('unnest' as const),
        column: names,
        as: names,
        keepEmpty: fc.boolean(),
        ...rest,
      }),
      fc.record({
        kind: fc.constant('pivot' as const),
        keys: fc.array(names),
        on: names,
        values: fc.array(fc.record({ value: fc.option(names), as: names })),
        aggregate: expressions.e,
        ...rest,
      }),
      fc.record({
        kind: fc.constant('unpivot' as const),
        columns: fc.array(names),
        nameTo: names,
        valueTo: names,
        keepNulls: fc.boolean(),
        ...rest,
      }),
      fc.record({
        kind: fc.constant('apply' as const),
        function: names,
        reads: fc.array(names),
        produces: schemas,
        ...rest,
      }),
      fc.record({
        kind: fc.constant('dedupe' as const),
        by: fc.array(names),
        order: fc.array(expressions.key, { maxLength: 2 }),
        ...rest,
      }),
      fc.record({
        kind: fc.constant('sessionize' as const),
        by: fc.array(names),
        at: names,
        gapMs: fc.nat(),
        as: names,
        startAs: names,
        ...rest,
      }),
      fc.record({ kind: fc.constant('bucket' as const), at: names, widthMs: fc.nat(), as: names, ...rest }),
      fc.record({
        kind: fc.constant('sql' as const),
        sql: names,
        inputs: fc.array(fc.record({ name: names, node: from }), { maxLength: 2 }),
        reason: names,
        schema: schemas,
      }),
    ),
  }
}).node

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)

test(`a plan survives its serialised form (seed ${seed})`, () => {
  const kinds = new Set<string>()
  fc.assert(
    fc.property(plans, (plan) => {
      kinds.add(plan.kind)
      const decoded = decodePlan(encodePlan(plan))
      expect(JSON.stringify(decoded)).toEqual(JSON.stringify(JSON.parse(encodePlan(plan)).root))
      expect(encodePlan(decoded)).toBe(encodePlan(plan))
      expect(planFingerprint(decoded)).toBe(planFingerprint(plan))
      expect(scansOf(decoded).map((s) => s.input)).toEqual(scansOf(plan).map((s) => s.input))
      expect(inputsOf(decoded)).toHaveLength(inputsOf(plan).length)
    }),
    { seed, numRuns: 500 },
  )
  expect(kinds.size).toBe(18)
})

test(`mapping a plan by identity changes nothing (seed ${seed})`, () => {
  fc.assert(
    fc.property(plans, (plan) => {
      expect(mapNode(plan, (n) => n)).toEqual(plan)
    }),
    { seed, numRuns: 200 },
  )
})

test('the fingerprint does not depend on the order of keys, and depends on everything else', () => {
  const a: Node = {
    kind: 'scan',
    input: 't',
    schema: [{ name: 'x', type: { kind: 'text' }, nullable: true }],
  }
  const b = {
    schema: [{ nullable: true, type: { kind: 'text' }, name: 'x' }],
    input: 't',
    kind: 'scan',
  } as const
  expect(planFingerprint(a)).toBe(planFingerprint(b))
  expect(planFingerprint({ ...a, input: 'u' })).not.toBe(planFingerprint(a))
})

test.each([
  ['not JSON', 'the serialised plan is not JSON'],
  [
    JSON.stringify({ version: planVersion + 1, root: {} }),
    `has version ${planVersion + 1}, expected ${planVersion}`,
  ],
  [JSON.stringify({ version: planVersion, root: { kind: 'explode', schema: [] } }), 'kind "explode" at root'],
  [JSON.stringify({ version: planVersion, root: { kind: 'limit', schema: [], from: 7 } }), '7 at root.from'],
  [JSON.stringify({ version: planVersion, root: { kind: 'scan' } }), 'has no schema'],
])('%s is refused', (encoded, message) => {
  expect(() => decodePlan(encoded)).toThrow(message)
})
