import { describe, expect, test } from 'vitest'
import { openSpark } from '../../packages/etl/src/engine/spark/connect/index.ts'
import { missingSparkConnect, type SparkLine, startSparkConnect } from '../../tools/peers/spark-connect.ts'
import { rowsOf } from './rows.ts'
import { startTlsGateway } from './tls-gateway.ts'

const missing = missingSparkConnect()
const title = `TLS and tokens in front of Spark${missing === undefined ? '' : ` (${missing})`}`

describe.skipIf(missing !== undefined).each<SparkLine>(['3.5', '4.1'])(`${title} %s`, (line) => {
  test('a call is encrypted, and carries the token and the headers; a token that expires is told', async () => {
    const { port } = await startSparkConnect(line)
    await using gateway = await startTlsGateway(port, 'first')
    const url = `sc://localhost:${gateway.port}/;token=first;x-aws-session=abc`
    await using spark = await openSpark({ url, ca: gateway.ca, retry: { budgetMs: 1_000 } })
    await using result = await spark.query('select id from range(3)')
    expect(await rowsOf(result)).toEqual([['0'], ['1'], ['2']])
    expect(gateway.seen.length).toBeGreaterThan(1)
    for (const headers of gateway.seen)
      expect(headers).toMatchObject({ authorization: 'Bearer first', 'x-aws-session': 'abc' })
    gateway.expect('second')
    const late = spark.query('select 1').then(rowsOf)
    await expect(late).rejects.toMatchObject({ code: 'connection.unauthorized', retry: 'never' })
    gateway.expect('first')
  })

  test('a certificate that nobody vouches for is refused, without the token', async () => {
    const { port } = await startSparkConnect(line)
    await using gateway = await startTlsGateway(port, 'first')
    const url = `sc://localhost:${gateway.port}/;token=first`
    const refused = openSpark({ url, retry: { budgetMs: 300 } })
    await expect(refused).rejects.toMatchObject({ code: 'connection.failed' })
    expect(gateway.seen).toHaveLength(0)
  })
})
