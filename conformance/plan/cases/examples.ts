import type { Node, ScanNode } from '../../../packages/etl/src/plan/node.ts'
import { type AnyStep, steps } from '../../../packages/etl/src/step/index.ts'
import type { StepExample } from '../../../packages/etl/src/step/contract.ts'
import type { PlanCase } from '../plan-case.ts'
import type { Table } from '../random-table.ts'

/** The group of the cases of a step. */
export const groupOf = (step: string): string => `step ${step}`

function caseOf(step: AnyStep, example: StepExample<unknown>): PlanCase {
  const tables = [example.in, ...(example.others ?? [])].map(({ columns, rows }, i): Table => ({
    name: `t.input_${i}`,
    schema: columns,
    rows,
  }))
  const scan = ({ name, schema }: Table): ScanNode => ({ kind: 'scan', input: name, schema })
  const [first, ...others] = tables.map(scan)
  if (first === undefined) throw new Error('an example needs an input')
  const lowered = step.lower(first, example.options as never, others)
  const never = 'a TypeScript function runs in this process only'
  const name = `${groupOf(step.name)}: ${example.title}`
  const reason = refusedByPostgres.get(name)
  return {
    name,
    group: groupOf(step.name),
    tables,
    plan: async () => lowered,
    rows: example.out.rows,
    ...(reason === undefined ? {} : { refused: { postgres: reason } }),
    ...(hasApply(lowered) ? { refused: { postgres: never, spark: never }, unprinted: ['duckdb'] } : {}),
  }
}

/** Examples that PostgreSQL refuses. */
const refusedByPostgres: ReadonlyMap<string, string> = new Map([
  [
    'step flatten_json: Typed members; a bad one sends the row to the rejects',
    'cannot tell whether a text is JSON',
  ],
])

const hasApply = (node: Node | readonly unknown[]): boolean => 'kind' in node && node.kind === 'apply'

/** The examples of all steps. */
export const exampleCases: readonly PlanCase[] = steps.flatMap((step) =>
  step.examples().map((example) => caseOf(step, example)),
)
