import type { Diagnostic } from '../base/errors.ts'
import type { PartitionField } from '../engine/contract.ts'
import { findField, type Kind, type Schema, typeName } from '../plan/type.ts'

const integers: readonly Kind[] = ['int8', 'int16', 'int32', 'int64', 'uint64']

/** The kinds that each transform takes. */
const accepted: Readonly<Record<PartitionField['transform']['kind'], readonly Kind[]>> = {
  identity: [...integers, 'bool', 'decimal', 'text', 'bytes', 'date', 'time', 'timestamp', 'uuid'],
  year: ['date', 'timestamp'],
  month: ['date', 'timestamp'],
  day: ['date', 'timestamp'],
  hour: ['timestamp'],
  truncate: [...integers, 'decimal', 'text', 'bytes'],
  bucket: [...integers, 'decimal', 'text', 'bytes', 'date', 'time', 'timestamp', 'uuid'],
}

type Problem = Pick<Diagnostic, 'code' | 'message' | 'hint'>

function parameterProblem({ name, transform }: PartitionField): Problem | undefined {
  const size =
    transform.kind === 'truncate' ? transform.width : transform.kind === 'bucket' ? transform.count : 1
  if (Number.isSafeInteger(size) && size > 0 && size < 2 ** 31) return undefined
  return { code: 'config.invalid', message: `partition "${name}": ${size} is no whole number above zero` }
}

/** What is wrong with the partitioning of a table of these columns. */
export function partitionProblems(partition: readonly PartitionField[], schema: Schema): readonly Problem[] {
  const problems: Problem[] = []
  const names = new Set<string>()
  for (const entry of partition) {
    const field = findField(schema, entry.column)
    const parameter = parameterProblem(entry)
    if (parameter !== undefined) problems.push(parameter)
    if (names.has(entry.name)) {
      problems.push({ code: 'config.invalid', message: `the table is partitioned twice by "${entry.name}"` })
    }
    names.add(entry.name)
    if (field === undefined) {
      problems.push({
        code: 'plan.unknown-column',
        message: `the table is partitioned by "${entry.column}", which it does not have`,
        hint: `columns: ${schema.map((f) => f.name).join(', ')}`,
      })
      continue
    }
    const kinds = accepted[entry.transform.kind]
    if (!kinds.includes(field.type.kind)) {
      const message = `partition by ${entry.transform.kind} takes ${kinds.join(', ')}; "${field.name}" is ${typeName(field.type)}`
      problems.push({ code: 'plan.type-mismatch', message })
    }
    if (entry.transform.kind !== 'identity' && findField(schema, entry.name) !== undefined) {
      const message = `the partition field "${entry.name}" has the name of a column of the table`
      problems.push({ code: 'plan.duplicate-column', message, hint: `rename the column "${entry.name}"` })
    }
  }
  return problems
}
