/** The client of Spark Connect: what the engine builds on. */
export type { Message } from './codec.ts'
export type { RunOptions, SparkOptions, SparkResult, SparkSession } from './contract.ts'
export { fieldIdKey, logicalType, sparkSchema, sparkType } from './data-type.ts'
export type { InterruptTarget } from './interrupt.ts'
export type { Observations } from './observation.ts'
export type { SparkProgress } from './progress.ts'
export {
  type Relation,
  filesRelation,
  observed,
  repartitioned,
  sqlRelation,
  withFieldIds,
} from './relation.ts'
export { type RetryPolicy, defaultRetry } from './retry.ts'
export { openSpark } from './session.ts'
export { type SparkAddress, parseSparkAddress, shownAddress } from './url.ts'
export { type FileWrite, writeFiles } from './write.ts'
