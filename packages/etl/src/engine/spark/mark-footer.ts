import { open } from 'node:fs/promises'
import { EtlError } from '../../base/errors.ts'
import type { LogicalType } from '../../plan/type.ts'
import type { IdField } from '../contract.ts'
import {
  asTime,
  nameOf,
  readSchema,
  replaceSchema,
  type SchemaElement,
  withFieldId,
} from './schema-element.ts'

const magic = Buffer.from('PAR1')
/** Length of the footer, and the magic bytes after it. */
const tailBytes = 8

/** Whether files of a schema lack something of what their readers need when Spark has written them. */
export function needsMarks(schema: readonly IdField[]): boolean {
  const lacking = (type: LogicalType): boolean => {
    switch (type.kind) {
      case 'list':
      case 'map':
      case 'time':
        return true
      case 'struct':
        return type.fields.some((f) => lacking(f.type))
      default:
        return false
    }
  }
  return schema.some((f) => lacking(f.type))
}

/** The elements of a file's schema with the field ids of all columns and members, and times of day as such. */
export function markElements(
  elements: readonly SchemaElement[],
  schema: readonly IdField[],
): readonly SchemaElement[] {
  const marked = [...elements]
  let at = 1
  const mark = (field: IdField, name: string): void => {
    const element = marked[at]
    if (element === undefined || nameOf(element) !== name)
      throw new EtlError(
        'lake.corrupt',
        `a file of Spark holds "${element && nameOf(element)}", not "${name}"`,
      )
    const { type, nested = [] } = field
    const known = withFieldId(element, field.id)
    marked[at++] = type.kind === 'time' ? asTime(known) : known
    if (type.kind === 'list' || type.kind === 'map') at++
    const names = type.kind === 'list' ? ['element'] : type.kind === 'map' ? ['key', 'value'] : []
    for (const [i, member] of nested.entries()) mark(member, names[i] ?? member.name)
  }
  for (const field of schema) mark(field, field.name)
  if (at !== marked.length) throw new EtlError('lake.corrupt', 'a file of Spark holds more than its schema')
  return marked
}

/**
 * Writes into the footer of a file what Spark leaves out: the field ids of elements of lists and maps, and that a number is
 * a time of day. The data stays where it is. A file cut off half way has no footer and is no Parquet any more; nobody
 * references it yet.
 */
export async function markFooter(path: string, schema: readonly IdField[]): Promise<void> {
  await using file = await open(path, 'r+')
  const { size } = await file.stat()
  const tail = Buffer.alloc(tailBytes)
  await file.read(tail, 0, tailBytes, size - tailBytes)
  const length = tail.readUInt32LE(0)
  const start = size - tailBytes - length
  if (!tail.subarray(4).equals(magic) || start < magic.length)
    throw new EtlError('lake.corrupt', `the footer of ${path} could not be read as Parquet`)
  const footer = Buffer.alloc(length)
  await file.read(footer, 0, length, start)
  const found = readSchema(footer)
  const marked = replaceSchema(footer, found, markElements(found.elements, schema))
  tail.writeUInt32LE(marked.length, 0)
  const ending = Buffer.concat([marked, tail])
  await file.write(ending, 0, ending.length, start)
  await file.truncate(start + ending.length)
}
