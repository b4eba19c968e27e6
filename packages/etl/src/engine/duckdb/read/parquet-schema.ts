import type { SchemaElement } from 'hyparquet'

const maxDepth = 200

/** A column of a Parquet file and its place in the flat list of schema elements. */
export interface StoredColumn {
  readonly name: string
  readonly from: number
  /** Exclusive. */
  readonly to: number
}

/** The top-level columns of a sound schema in their order. */
export function storedColumns(schema: readonly SchemaElement[]): readonly StoredColumn[] {
  const columns: StoredColumn[] = []
  for (let from = 1; from < schema.length;) {
    let to = from + 1
    for (let open = schema[from]?.num_children ?? 0; open > 0; open -= 1) {
      open += schema[to]?.num_children ?? 0
      to += 1
    }
    columns.push({ name: schema[from]?.name ?? '', from, to })
    from = to
  }
  return columns
}

/**
 * Says in a sentence why the schema of a file is not sound, before an engine builds a tree of it: element counts that do
 * not add up, more than 200 levels, and decimals that are none. Undefined when it is.
 */
export function schemaProblem(schema: readonly SchemaElement[]): string | undefined {
  if (schema.length === 0) return 'its schema is empty'
  const open: number[] = []
  for (const [i, element] of schema.entries()) {
    if (i > 0 && open.length === 0) return 'its schema has elements outside of its tree'
    const children = element.num_children ?? 0
    if (typeof element.name !== 'string' || children < 0 || children > schema.length)
      return 'its schema is damaged'
    const problem = decimalProblem(element)
    if (problem !== undefined) return `column ${element.name} is ${problem}`
    if (open.length > 0) open.push((open.pop() ?? 0) - 1)
    if (children > 0) open.push(children)
    if (open.length > maxDepth) return `its columns nest deeper than ${maxDepth} levels`
    while (open.at(-1) === 0) open.pop()
  }
  return open.length === 0 ? undefined : 'its schema lacks elements'
}

interface DecimalSize {
  readonly precision: number
  readonly scale: number
}

/** What an element says of its decimals, once by each of the two ways in which it can. */
function decimalSizes({
  logical_type: logical,
  converted_type,
  precision,
  scale,
}: SchemaElement): DecimalSize[] {
  return [
    ...(logical?.type === 'DECIMAL' ? [{ precision: logical.precision, scale: logical.scale ?? 0 }] : []),
    ...(converted_type === 'DECIMAL' ? [{ precision: precision ?? 0, scale: scale ?? 0 }] : []),
  ]
}

function decimalProblem(element: SchemaElement): string | undefined {
  const [first, second] = decimalSizes(element)
  if (first === undefined) return undefined
  const shown = `decimal(${first.precision}, ${first.scale})`
  if (first.precision < 1 || first.scale < 0 || first.scale > first.precision)
    return `${shown}, which is none`
  if (second === undefined) return undefined
  return second.precision === first.precision && second.scale === first.scale
    ? undefined
    : `${shown} and decimal(${second.precision}, ${second.scale}) at once`
}

/** Says in a sentence what of a column the engine reads as something else than it is; undefined when it reads it all. */
export function columnProblem(schema: readonly SchemaElement[], column: StoredColumn): string | undefined {
  for (const element of schema.slice(column.from, column.to)) {
    const [size] = decimalSizes(element)
    if (size !== undefined && size.precision > 38)
      return `decimal(${size.precision}, ${size.scale}) has more than 38 digits`
  }
  return undefined
}
