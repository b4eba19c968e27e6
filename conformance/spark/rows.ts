import type { SparkResult } from '../../packages/etl/src/engine/spark/connect/index.ts'

/** All rows of a result, in the order they came. */
export async function rowsOf(result: SparkResult): Promise<readonly (readonly unknown[])[]> {
  const all: unknown[][] = []
  for await (const { rows, columns } of result.chunks) {
    for (let r = 0; r < rows; r++) all.push(columns.map((column) => column[r]))
  }
  return all
}
