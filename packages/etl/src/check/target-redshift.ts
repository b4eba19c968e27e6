import type { TargetDeclaration } from '../author/target.ts'
import { type Kind, type Schema, typeName } from '../plan/type.ts'
import { maxRedshiftNameBytes } from '../target/redshift.ts'
import { maxBytesLength, maxTextBytes } from '../target/redshift/form.ts'
import { lower, maxSortColumns } from '../target/redshift/layout.ts'
import { columnProblems, type Problem } from './target-problem.ts'

/** Types whose columns may be sorted and distributed by. */
const layoutKinds: readonly Kind[] = [
  'bool',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint64',
  'decimal',
  'float64',
  'text',
  'date',
  'time',
  'timestamp',
  'uuid',
]
// Source: Redshift guide, "Names and identifiers" and "Reserved words"; these are kept for the system though quoted.
const systemColumns = ['oid', 'tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid', 'deletexid', 'insertxid']
/** Source: Redshift guide, "CREATE TABLE". */
const maxColumns = 1_600

const invalid = (message: string, hint?: string): Problem => ({
  code: 'config.invalid',
  message,
  ...(hint === undefined ? {} : { hint }),
})

function lengthProblems(lengths: Readonly<Record<string, number>>, schema: Schema): readonly Problem[] {
  return Object.entries(lengths).flatMap(([name, bytes]): readonly Problem[] => {
    const type = schema.find((f) => f.name === name)?.type
    if (type === undefined) return columnProblems([name], schema, '`redshift.lengths`', [])
    if (type.kind !== 'text' && type.kind !== 'json' && type.kind !== 'bytes')
      return [invalid(`\`redshift.lengths\` gives "${name}" a length, which ${typeName(type)} has not`)]
    const most = type.kind === 'bytes' ? maxBytesLength : maxTextBytes
    return Number.isInteger(bytes) && bytes >= 1 && bytes <= most
      ? []
      : [invalid(`\`redshift.lengths\`: "${name}" has 1 to ${most} bytes, not ${bytes}`)]
  })
}

function layoutProblems({ redshift = {} }: TargetDeclaration, schema: Schema): readonly Problem[] {
  const { distribution = 'auto', sort = [], lengths = {} } = redshift
  const known = ['auto', 'even', 'all']
  const spread =
    typeof distribution === 'object'
      ? columnProblems([distribution.key], schema, 'the distribution', layoutKinds)
      : known.includes(distribution)
        ? []
        : [invalid(`the distribution is ${known.join(', ')} or { key: … }, not ${String(distribution)}`)]
  return [
    ...spread,
    ...columnProblems(sort, schema, 'the sort key', layoutKinds),
    ...(sort.length > maxSortColumns ? [invalid(`a sort key has at most ${maxSortColumns} columns`)] : []),
    ...lengthProblems(lengths, schema),
  ]
}

/** What is wrong with a target in Redshift; nothing where it is elsewhere. */
export function redshiftProblems(target: TargetDeclaration, schema: Schema): readonly Problem[] {
  if (target.to.service !== 'redshift') return []
  const names = schema.flatMap(({ name }): readonly Problem[] => {
    const isFine =
      Buffer.byteLength(name) <= maxRedshiftNameBytes &&
      name !== '' &&
      !name.includes('\0') &&
      !systemColumns.includes(lower(name))
    return isFine ? [] : [invalid(`Redshift takes no column "${name}"`, 'rename the column in the table')]
  })
  return [
    ...names,
    ...(schema.length > maxColumns ? [invalid(`Redshift takes at most ${maxColumns} columns`)] : []),
    ...layoutProblems(target, schema),
  ]
}
