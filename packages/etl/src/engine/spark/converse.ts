import { callOf, type Lowering } from './lower.ts'
import type { SparkSession, SparkStep } from './session.ts'

/** The step of a bookkeeping query. */
export const ask = (sql: string, doing: string): Extract<SparkStep, { kind: 'rows' }> => ({
  kind: 'rows',
  sql,
  doing,
  stops: false,
})

/** What `prepare` will ask. */
export function stepsOf(l: Lowering): readonly SparkStep[] {
  return [
    ...l.views.map((view): SparkStep => ({ kind: 'view', view })),
    ...l.checks.map(({ sql, doing }): SparkStep => ({ ...ask(sql, doing), stops: true })),
  ]
}

/** Makes the views of a lowered plan and checks what must hold before it may run; fails with the first problem. */
export async function prepare(session: SparkSession, l: Lowering): Promise<void> {
  for (const view of l.views) await session.view(view, callOf(l, 'reading lake files'))
  for (const check of l.checks) {
    const [wrong] = await session.rows(check.sql, callOf(l, check.doing))
    if (wrong !== undefined) throw check.problem(wrong.map(String))
  }
}
