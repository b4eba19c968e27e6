import { afterAll, describe } from 'vitest'
import { lakeServer } from './temporary-lake.ts'

// The tests of lakes in a folder, once more over S3: what they promise does not depend on the store.
process.env['TEST_LAKE'] = 's3'
const suites = [
  'catalog/catalog.test.ts',
  'commit/transaction.test.ts',
  'commit/rename.test.ts',
  'maintain/history.test.ts',
  'read/as-of.test.ts',
  'read/rows-of.test.ts',
]
for (const suite of suites) {
  describe(suite, async () => {
    await import(/* @vite-ignore */ `../../packages/etl/src/lake/${suite}`)
  })
}

afterAll(async () => {
  await (await lakeServer())[Symbol.asyncDispose]()
})
