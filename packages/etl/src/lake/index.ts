export * from './contract.ts'
export * from './open.ts'
export { readFooterStats } from './parquet-stats.ts'
