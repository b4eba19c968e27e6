export {
  expectedTables,
  type ExpectedColumn,
  type ExpectedName,
  type ExpectedTable,
} from './expected/schema.ts'
export * from './generate-bench.ts'
export * from './generate-shop.ts'
