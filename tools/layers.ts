/**
 * The one table of layers: which folders of `packages/etl/src` a folder may import from, besides itself. The lint
 * configuration, the architecture page and its test are derived from it.
 */
export const layers: Readonly<Record<string, readonly string[]>> = {
  base: [],
  plan: ['base'],
  store: ['base'],
  function: ['base', 'plan'],
  engine: ['base', 'plan', 'function'],
  connector: ['base', 'plan', 'function', 'engine', 'store'],
  lake: ['base', 'plan', 'function', 'engine', 'store'],
  target: ['base', 'plan', 'function', 'engine', 'store', 'lake'],
  step: ['base', 'plan', 'function'],
  author: ['base', 'plan', 'function', 'step', 'engine', 'store', 'connector', 'target'],
  check: ['base', 'plan', 'function', 'author', 'engine', 'target'],
  run: ['base', 'plan', 'function', 'author', 'check', 'engine', 'store', 'lake', 'connector', 'target'],
  generate: ['base'],
  cli: [
    'base',
    'plan',
    'function',
    'step',
    'author',
    'check',
    'engine',
    'store',
    'connector',
    'lake',
    'target',
    'run',
    'generate',
  ],
}

/** Packages that only the named places (folders or files of `packages/etl/src`) may import. */
export const guardedPackages: Readonly<Record<string, readonly string[]>> = {
  '@aws-sdk/client-dynamodb': ['connector/dynamodb'],
  '@aws-sdk/client-dynamodb-streams': ['connector/dynamodb'],
  '@aws-sdk/client-emr-serverless': ['engine/spark/job/submit'],
  '@aws-sdk/client-glue': ['engine/spark/job/submit'],
  '@aws-sdk/client-kinesis': ['store/kinesis'],
  '@aws-sdk/client-redshift-data': ['target/redshift'],
  '@aws-sdk/client-s3': ['engine/spark/job/submit', 'store/s3'],
  '@aws-sdk/lib-storage': ['store/s3'],
  '@smithy/node-http-handler': ['store/kinesis'],
  '@bufbuild/protobuf': ['engine/spark/connect'],
  '@duckdb/node-api': ['engine/duckdb', 'author/sql', 'target/duckdb'],
  '@uwdata/flechette': ['engine/spark/connect'],
  avsc: ['lake'],
  bowser: ['step/user-agent'],
  commander: ['cli'],
  mysql2: ['connector/mysql'],
  'mysql2/promise': ['connector/mysql'],
  'mmdb-lib': ['engine/duckdb/read'],
  'crawler-user-agents': ['step/user-agent'],
  pg: ['base/postgres-client.ts', 'connector/postgres', 'target/postgres', 'target/redshift'],
  'pg-copy-streams': ['connector/postgres', 'target/postgres'],
}
