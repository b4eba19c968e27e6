import { basename } from 'node:path'
import type { CsvDialect } from '../plan/source.ts'
import { type Columns, text } from './column.ts'
import { defaultDialect } from './csv.ts'
import type { Inference } from './inference.ts'
import { printDeclaration } from './infer-print.ts'
import { proposeColumn } from './infer-type.ts'

/** A field's name as a column: `cs(User-Agent)` is `cs_user_agent`. */
function columnName(field: string, position: number, taken: Set<string>): string {
  const words = field
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
  const base = words === '' || /^\d/.test(words) ? `column_${position + 1}` : words
  let name = base
  for (let n = 2; taken.has(name); n++) name = `${base}_${n}`
  taken.add(name)
  return name
}

const fieldsIn = (line: string): readonly string[] =>
  line
    .replace(/^#Fields:\s*/, '')
    .trim()
    .split(/\s+/)

/**
 * Proposes a declaration for a log in the extended log file format (CloudFront, IIS): a line `#Fields:` names the columns, `-`
 * is NULL. Undefined when the lines have no such line.
 * Source: W3C Working Draft WD-logfile-960323.
 */
export function inferW3c(path: string, lines: readonly string[]): Inference | undefined {
  const directives = lines.filter((l) => l.startsWith('#Fields:'))
  const [directive] = directives
  if (directive === undefined) return undefined
  const records = lines.filter((l) => !l.startsWith('#') && l !== '')
  const delimiter = records.some((l) => l.includes('\t')) ? '\t' : ' '
  const split = records.map((l) => l.split(delimiter))
  const names = fieldsIn(directive)
  const taken = new Set<string>()
  const warnings: string[] = ['taken for the extended log file format (CloudFront, IIS)']
  const columns: Columns = Object.fromEntries(
    names.map((field, i) => {
      const values = split
        .flatMap((r) => (r.length === names.length ? [r[i] ?? ''] : []))
        .filter((v) => v !== '-')
      const name = columnName(field, i, taken)
      const { column } = proposeColumn(values)
      const isWorth = ['date', 'time', 'int64'].includes(column.type.kind)
      return [name, isWorth ? column : text()]
    }),
  )
  const odd = split.filter((r) => r.length !== names.length).length
  if (odd > 0)
    warnings.push(
      `${odd} of ${records.length} sampled records have another number of fields and would be rejected`,
    )
  if (new Set(directives).size > 1)
    warnings.push(
      'the fields change within the file; records behind the second #Fields line are read by the first',
    )
  warnings.push('texts are as they were written: CloudFront percent-encodes them, IIS puts "+" for spaces')
  const changes = { delimiter, quote: null, escape: null, header: false, nulls: ['-'], comment: '#' }
  const dialect: CsvDialect = { ...defaultDialect, ...changes }
  const declaration = printDeclaration('csv', path, basename(path), columns, changes)
  return { connector: 'csv', columns, dialect, warnings, declaration }
}
