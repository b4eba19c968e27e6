import { sparkSettings } from '../../packages/etl/src/engine/spark/settings.ts'

const pinned: Readonly<Record<string, string>> = Object.fromEntries(
  sparkSettings.map(({ key, value }) => [key, value]),
)
const excluded = 'spark.sql.optimizer.excludedRules'
const localRelation = 'org.apache.spark.sql.catalyst.optimizer.ConvertToLocalRelation'

/** The settings of the engine, and some that make Spark compute inline rows as it computes the rows of files, in one task. */
export const inlineSettings: Readonly<Record<string, string>> = {
  ...pinned,
  [excluded]: [pinned[excluded], localRelation].filter((rule) => rule !== undefined).join(','),
  'spark.sql.shuffle.partitions': '1',
}
