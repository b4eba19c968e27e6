import type { Column, Columns } from '../plan/columns.ts'
import { type Field, field, findField, int64, text, typeName } from '../plan/type.ts'
import { invalid, mismatch } from './build.ts'
import { defineStep, makeStep, type Relation, type Step } from './contract.ts'

export type UnionOptions = Readonly<Record<never, never>>

const left = [field('id', int64, false), field('name', text, false)]
const right = [field('id', int64, false), field('note', text, false)]

/** Puts rows of other tables below, columns matched by name. */
export const unionStep = defineStep<UnionOptions>({
  name: 'union',
  summary: 'Put the rows of other tables below, columns matched by name.',
  meaning:
    'A column that an input lacks is NULL there. Columns of one name must have one type. Nothing is deduplicated.',
  options: {},
  lower: (input, _options, others) => {
    if (others.length === 0) return [invalid('union needs another table')]
    const inputs = [input, ...others]
    const names = new Map<string, string>()
    for (const f of inputs.flatMap((n) => n.schema)) {
      if (!names.has(f.name.toLowerCase())) names.set(f.name.toLowerCase(), f.name)
    }
    const problems = []
    const schema: Field[] = []
    for (const name of names.values()) {
      const found = inputs.map((n) => findField(n.schema, name))
      const types = new Set(found.filter((f) => f !== undefined).map((f) => typeName(f.type)))
      if (types.size > 1) {
        problems.push(
          mismatch(
            `"${name}" is ${[...types].join(' and ')} in the inputs of union`,
            'cast one of them first',
          ),
        )
      }
      const type = found.find((f) => f !== undefined)?.type
      if (type !== undefined)
        schema.push(
          field(
            name,
            type,
            found.some((f) => f === undefined || f.nullable),
          ),
        )
    }
    return problems.length > 0 ? problems : Object.freeze({ kind: 'union', inputs, schema })
  },
  examples: () => [
    {
      title: 'A column that only one side has',
      in: { columns: left, rows: [['1', 'ann']] },
      others: [{ columns: right, rows: [['1', 'x']] }],
      options: {},
      out: {
        columns: [field('id', int64, false), field('name', text), field('note', text)],
        rows: [
          ['1', 'ann', null],
          ['1', null, 'x'],
        ],
      },
    },
    {
      title: 'Equal rows stay',
      in: { columns: left, rows: [['1', 'ann']] },
      others: [{ columns: left, rows: [['1', 'ann']] }],
      options: {},
      out: {
        columns: left,
        rows: [
          ['1', 'ann'],
          ['1', 'ann'],
        ],
      },
    },
  ],
})

type Either<A extends Columns, B extends Columns> = {
  readonly [N in keyof A | keyof B]: N extends keyof A
    ? N extends keyof B
      ? Column<A[N]['kind'], A[N]['nullable'] extends false ? B[N]['nullable'] : true>
      : Column<A[N]['kind'], true>
    : N extends keyof B
      ? Column<B[N]['kind'], true>
      : never
}

/** Puts the rows of another table below: `union(lastYear)`. */
export function union<C extends Columns, R extends Columns>(other: Relation<R>): Step<C, Either<C, R>> {
  return makeStep(unionStep, {}, { others: [other] })
}
