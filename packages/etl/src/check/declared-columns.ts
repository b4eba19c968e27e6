import type { Diagnostic } from '../base/errors.ts'
import { findField, type Schema, typeName } from '../plan/type.ts'

type Problem = Pick<Diagnostic, 'code' | 'severity' | 'message' | 'hint'>

/**
 * Compares the columns that are declared for a query with those that typing it gives. Names and types must be the same,
 * in any order; a column that is declared required although the query may give NULL is a warning, since nothing but a
 * rule could tell.
 */
export function declaredProblems(declared: Schema, typed: Schema): readonly Problem[] {
  const problems: Problem[] = []
  const gives = `the query gives: ${typed.map((f) => `${f.name} ${typeName(f.type)}`).join(', ')}`
  for (const { name, type, nullable } of declared) {
    const found = findField(typed, name)
    if (found === undefined) {
      const message = `column "${name}" is declared, but the query does not give it`
      problems.push({ code: 'plan.unknown-column', severity: 'error', message, hint: gives })
    } else if (typeName(found.type) !== typeName(type)) {
      const [says, is] = [typeName(type), typeName(found.type)]
      const message = `column "${name}" is declared ${says}, but the query gives ${is}`
      const hint = `declare it ${is}, or write cast(… as …) in the query`
      problems.push({ code: 'plan.type-mismatch', severity: 'error', message, hint })
    } else if (!nullable && found.nullable) {
      const message = `column "${name}" is declared required, but the query may give NULL`
      const hint = 'declare it without `required`, or write coalesce(…) in the query'
      problems.push({ code: 'plan.type-mismatch', severity: 'warning', message, hint })
    }
  }
  for (const { name } of typed) {
    if (findField(declared, name) !== undefined) continue
    const message = `the query gives column "${name}", which is not declared`
    problems.push({
      code: 'plan.unknown-column',
      severity: 'error',
      message,
      hint: 'declare it, or leave it out of the query',
    })
  }
  return problems
}
