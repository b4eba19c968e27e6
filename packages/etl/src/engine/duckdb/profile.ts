/** One operator of a finished statement: its type as DuckDB names it, and the rows that left it. */
export interface Operator {
  readonly type: string
  readonly name: string
  readonly rows: number
}

interface ProfileNode {
  readonly operator_type?: string
  readonly operator_name?: string
  readonly operator_cardinality?: number
  readonly children?: readonly ProfileNode[]
}

/** Reads DuckDB's JSON profile into a flat list, parents first. */
export function readProfile(textOfProfile: string): readonly Operator[] {
  const operators: Operator[] = []
  const visit = (node: ProfileNode): void => {
    if (node.operator_type !== undefined) {
      operators.push({
        type: node.operator_type,
        name: (node.operator_name ?? '').trim(),
        rows: node.operator_cardinality ?? 0,
      })
    }
    for (const child of node.children ?? []) visit(child)
  }
  visit(JSON.parse(textOfProfile) as ProfileNode)
  return operators
}

/** Rows that left the operators that read files. */
export function rowsScanned(operators: readonly Operator[]): number {
  return operators
    .filter((o) => /SCAN|READ_/.test(`${o.type} ${o.name}`) && !/COLUMN_DATA|DUMMY|CTE|DELIM/.test(o.type))
    .reduce((sum, o) => sum + o.rows, 0)
}
