import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStream, type Sent, type StreamRecord } from '../../packages/etl/src/store/kinesis/index.ts'
import { missingKinesisLocal } from '../../tools/peers/kinesis-local.ts'
import { randomFrom } from '../crash/random.ts'
import { environmentOf, type LocalStreams, openStreams, type Read } from './local-stream.ts'
import { type CallFault, openPartialProxy, type PartialProxy } from './partial-proxy.ts'

const missing = missingKinesisLocal()
const title = `records sent to Kinesis${missing === undefined ? '' : ` (${missing})`}`
const count = 4_000

/** Records of many keys, a few of which have most of them. */
async function* made(seed: number, total = count): AsyncGenerator<StreamRecord> {
  const random = randomFrom(seed)
  for (let n = 0; n < total; n++) {
    const key = `k${Math.floor(random.next() ** 2 * 500)}`
    yield { key, data: Buffer.from(JSON.stringify({ key, n })) }
    await undefined
  }
}

async function numbersOf(
  records: AsyncIterable<StreamRecord>,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const numbers = new Map<string, number[]>()
  for await (const { key, data } of records)
    numbers.set(key, [
      ...(numbers.get(key) ?? []),
      (JSON.parse(Buffer.from(data).toString()) as { readonly n: number }).n,
    ])
  return numbers
}

const readBack = async (read: readonly Read[]): Promise<ReadonlyMap<string, readonly number[]>> =>
  numbersOf(ReadableStream.from(read.map(({ key, text }) => ({ key, data: Buffer.from(text) }))))

describe.skipIf(missing !== undefined)(title, () => {
  let streams: LocalStreams
  beforeAll(async () => {
    streams = await openStreams()
    for (const [name, value] of Object.entries(environmentOf(streams.endpoint))) process.env[name] = value
  }, 120_000)
  afterAll(() => streams?.[Symbol.asyncDispose]())

  async function sendThrough(
    stream: string,
    seed: number,
    fault: () => CallFault | undefined,
  ): Promise<{ readonly sent: Sent; readonly proxy: PartialProxy }> {
    await streams.create(stream, 4)
    await using proxy = await openPartialProxy(streams.endpoint, fault)
    process.env['AWS_ENDPOINT_URL_KINESIS'] = proxy.endpoint
    using target = await openStream(`kinesis://${stream}`)
    return { sent: await target.send(made(seed)), proxy }
  }

  test('random records of calls fail: each arrives once, those of a key in their order', async () => {
    const seed = Date.now() % 1_000_000
    const random = randomFrom(seed)
    const { sent, proxy } = await sendThrough('some', seed, () => ({
      kind: 'some',
      fails: () => random.chance(0.3),
    }))
    expect(proxy.failedRecords, `seed ${seed}`).toBeGreaterThan(count / 10)
    expect(sent, `seed ${seed}`).toMatchObject({ records: count, again: proxy.failedRecords })
    expect(await readBack(await streams.read('some')), `seed ${seed}`).toEqual(await numbersOf(made(seed)))
  }, 300_000)

  test('answers are lost and calls fail: each arrives, none before an earlier one of its key', async () => {
    const seed = Date.now() % 1_000_000
    const random = randomFrom(seed)
    await sendThrough('lost', seed, () => {
      if (random.chance(0.1)) return { kind: 'lost' }
      if (random.chance(0.1)) return { kind: 'status', status: 500, type: 'InternalFailure' }
      return { kind: 'some', fails: () => random.chance(0.05) }
    })
    const arrived = [...(await readBack(await streams.read('lost')))].map(([key, numbers]) => {
      // What was sent again for a lost answer comes twice or more, one after the other.
      return [key, numbers.filter((n, i) => n !== numbers[i - 1])] as const
    })
    expect(new Map(arrived), `seed ${seed}`).toEqual(await numbersOf(made(seed)))
  }, 300_000)

  test('a stream that takes nothing fails it, and says how much arrived', async () => {
    let calls = 0
    const failure = await sendThrough('full', 1, () =>
      calls++ < 2 ? undefined : { kind: 'some', fails: () => true },
    ).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'connection.failed', retry: 'transient' })
    const [, told = ''] = /\((\d+) arrived\) failed: Rate exceeded/.exec((failure as Error).message) ?? []
    expect(Number(told)).toBeGreaterThan(0)
    expect((await streams.read('full')).length).toBe(Number(told))
  }, 300_000)

  test('a stream that is not there, and credentials that may not', async () => {
    const send = async (fault: () => CallFault | undefined): Promise<unknown> => {
      await using proxy = await openPartialProxy(streams.endpoint, fault)
      process.env['AWS_ENDPOINT_URL_KINESIS'] = proxy.endpoint
      using target = await openStream('kinesis://nowhere')
      return await target.send(made(1, 10)).catch((error: unknown) => error)
    }
    expect(await send(() => undefined)).toMatchObject({
      code: 'connection.failed',
      retry: 'never',
      hint: 'Check the name of the stream, the region and the account.',
    })
    expect(await send(() => ({ kind: 'status', status: 400, type: 'AccessDeniedException' }))).toMatchObject({
      code: 'connection.unauthorized',
    })
  }, 60_000)

  test('the source of the records fails: so does the sending, and its calls have ended', async () => {
    await streams.create('broken', 1)
    process.env['AWS_ENDPOINT_URL_KINESIS'] = streams.endpoint
    async function* broken(): AsyncGenerator<StreamRecord> {
      yield* made(1, 100)
      throw new Error('disk gone')
    }
    using target = await openStream('kinesis://broken')
    await expect(target.send(broken())).rejects.toThrow('disk gone')
  }, 60_000)
})
