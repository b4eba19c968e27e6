import type { Diagnostic } from '../base/errors.ts'
import { type Kind, type Schema, typeName } from '../plan/type.ts'

/** What is wrong with a target, before its place and name are known. */
export type Problem = Pick<Diagnostic, 'code' | 'message' | 'hint'> & Partial<Pick<Diagnostic, 'severity'>>

/** What is wrong with columns that an option names. */
export function columnProblems(
  columns: readonly string[],
  schema: Schema,
  what: string,
  kinds: readonly Kind[],
): readonly Problem[] {
  return columns.flatMap((name, index): Problem[] => {
    const field = schema.find((f) => f.name === name)
    if (columns.indexOf(name) < index)
      return [{ code: 'config.invalid', message: `${what} names "${name}" twice` }]
    if (field === undefined)
      return [
        {
          code: 'plan.unknown-column',
          message: `${what} names "${name}", which the table does not have`,
          hint: `columns: ${schema.map((f) => f.name).join(', ')}`,
        },
      ]
    if (kinds.includes(field.type.kind)) return []
    return [{ code: 'plan.type-mismatch', message: `${what}: "${name}" is ${typeName(field.type)}` }]
  })
}
