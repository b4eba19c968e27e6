import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contractCases } from './contract.ts'
import { isOurs, openSubject, type Subject } from './subject.ts'

let subject: Subject
beforeAll(async () => {
  subject = await openSubject('contract')
})
afterAll(async () => {
  await subject[Symbol.asyncDispose]()
})

describe('S3 answers as AWS documents it', () => {
  const judged = contractCases.filter((c) => c.fromInside !== true || isOurs)
  test.for(judged.map((c, i) => ({ ...c, i })))('$answer ($source)', async ({ check, i }) => {
    expect.hasAssertions()
    await check(subject, `case-${i}-${Date.now()}`)
  })
})
