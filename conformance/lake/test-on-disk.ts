import { test } from 'vitest'
import { overS3 } from './temporary-lake.ts'

/** A test of what only a lake in a folder has: it is none where the tests run over S3. */
export function testOnDisk(name: string, body: () => Promise<void>): void {
  if (!overS3()) test(name, body)
}
