import { ListObjectsV2Command } from '@aws-sdk/client-s3'
import { expect } from 'vitest'
import { type ContractCase, outcome, put } from './contract-case.ts'

/** Listings. */
export const listingCases: readonly ContractCase[] = [
  {
    answer: 'keys come in pages, in the order of their UTF-8 bytes, under the prefix only',
    source: 'ListObjectsV2',
    check: async (s, key) => {
      const names = ['a', 'a b+c', 'a/1', 'B', 'ä', '\u{ff5e}', '\u{1f600}', 'z<&>"']
      for (const name of names) await put(s, `${key}/${name}`)
      await put(s, `${key}0`)
      const listed: string[] = []
      let ContinuationToken: string | undefined
      do {
        const page = await s.client.send(
          new ListObjectsV2Command({ Bucket: s.bucket, Prefix: `${key}/`, MaxKeys: 3, ContinuationToken }),
        )
        listed.push(...(page.Contents ?? []).map((o) => (o.Key ?? '').slice(key.length + 1)))
        expect(page.KeyCount).toBeLessThanOrEqual(3)
        ContinuationToken = page.NextContinuationToken
      } while (ContinuationToken !== undefined)
      expect(listed).toEqual(names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
    },
  },
  {
    answer: 'a delimiter folds keys into common prefixes; encoding-type=url escapes keys',
    source: 'ListObjectsV2, "delimiter", "encoding-type"',
    check: async (s, key) => {
      for (const name of ['a/1', 'a/2', 'b/1', 'c d+']) await put(s, `${key}/${name}`)
      const asked = { Bucket: s.bucket, Prefix: `${key}/`, Delimiter: '/' }
      const page = await s.client.send(new ListObjectsV2Command(asked))
      expect(page.CommonPrefixes?.map((p) => p.Prefix)).toEqual([`${key}/a/`, `${key}/b/`])
      expect(page.Contents?.map((o) => o.Key)).toEqual([`${key}/c d+`])
      const escaped = await s.client.send(new ListObjectsV2Command({ ...asked, EncodingType: 'url' }))
      expect(escaped.Contents?.[0]?.Key).toMatch(/c(\+|%20)d%2B$/)
      const wrong = new ListObjectsV2Command({ Bucket: s.bucket, ContinuationToken: 'not a token' })
      expect(await outcome(s.client.send(wrong))).toBe('400 InvalidArgument')
    },
  },
]
