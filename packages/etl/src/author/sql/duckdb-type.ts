export * from '../../engine/duckdb/imported-type.ts'
