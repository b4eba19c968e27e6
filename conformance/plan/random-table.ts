import type { LiteralValue } from '../../packages/etl/src/plan/expression.ts'
import type { ScanNode } from '../../packages/etl/src/plan/node.ts'
import { field, type LogicalType, type Schema } from '../../packages/etl/src/plan/type.ts'
import type { Random } from '../crash/random.ts'
import { pickFrom, randomValue } from './random-expression.ts'
import { columnTypes } from './signature.ts'

/** A small relation, its values in canonical form. */
export interface Table {
  readonly name: string
  readonly schema: Schema
  readonly rows: readonly (readonly LiteralValue[])[]
}

export const scanOf = (table: Table): ScanNode => ({ kind: 'scan', input: table.name, schema: table.schema })

/** A table of 0 to 10 rows, some of them equal, with columns of the given types and a few others. */
export function randomTable(name: string, types: readonly LogicalType[], random: Random): Table {
  const others = Array.from({ length: 1 + random.below(4) }, () => pickFrom(columnTypes, random)).filter(
    (t) => t !== undefined,
  )
  const schema = [...types, ...others].map((type, i) => field(`${name}${i}`, type))
  const rows: LiteralValue[][] = []
  const count = random.chance(0.08) ? 0 : 1 + random.below(10)
  while (rows.length < count) {
    const earlier = pickFrom(rows, random)
    rows.push(
      earlier !== undefined && random.chance(0.3)
        ? earlier.map((v, i) =>
            random.chance(0.7) ? v : randomValue(schema[i]?.type ?? { kind: 'bool' }, random),
          )
        : schema.map((f) => randomValue(f.type, random)),
    )
  }
  return { name, schema, rows }
}
