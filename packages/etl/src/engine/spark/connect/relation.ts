import type { Message } from './codec.ts'

/** Rows as Spark computes them; data, made by the functions of this file. */
export type Relation = Message<'Relation'>

let planIds = 0n

// Spark finds the plan of an observation by this number; numbers need only differ within a session.
const common = (): Message<'RelationCommon'> => ({ plan_id: ++planIds })

/** The rows of a SELECT, in the words of Spark SQL. */
export function sqlRelation(query: string): Relation {
  return { common: common(), sql: { query } }
}

/** The rows of files: `format` is `parquet`, `csv`, …; `options` are those of Spark's reader. */
export function filesRelation(
  format: string,
  paths: readonly string[],
  options: Readonly<Record<string, string>> = {},
): Relation {
  return {
    common: common(),
    read: { data_source: { format, paths, options: entries(options) } },
  }
}

/** A map as protobuf keeps it. */
export function entries(map: Readonly<Record<string, string>>): readonly Message<'Entry'>[] {
  return Object.entries(map).map(([key, value]) => ({ key, value }))
}

/**
 * Counts while the rows pass: `metrics` are aggregates in Spark SQL by the name that their value gets, as
 * `{ rows: 'count(*)' }`. The values come with the outcome of the operation under `name`, which is used once per session.
 */
export function observed(input: Relation, name: string, metrics: Readonly<Record<string, string>>): Relation {
  const expressions = Object.entries(metrics).map(([metric, expression]) => ({
    alias: { expr: { expression_string: { expression } }, name: [metric] },
  }))
  return { common: common(), collect_metrics: { input, name, metrics: expressions } }
}

/** The rows in so many partitions, and so at most as many files; with a shuffle, so that the work before keeps its own. */
export function repartitioned(input: Relation, partitions: number): Relation {
  return { common: common(), repartition: { input, num_partitions: partitions, shuffle: true } }
}
