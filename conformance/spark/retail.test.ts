import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSparkConnect } from '../../tools/peers/spark-connect.ts'
import { expectEqual, tables } from '../retail/compare.ts'
import {
  project,
  type ReportedTable,
  referenceOf,
  reported,
  retailData,
  skipReason,
} from '../retail/retail.ts'
import { isSkipped, lines, skipTitle } from './lines.ts'

const minutes = 60_000

describe.skipIf(isSkipped || skipReason !== undefined)(
  `examples/retail on Spark${skipTitle}${skipReason ?? ''}`,
  () => {
    let folder = ''
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'spark-retail-'))
    })
    afterAll(() => rm(folder, { recursive: true, force: true }))

    const run = async (data: string, lake: string, url: string | undefined) => {
      const engine = url === undefined ? [] : ['--engine', 'spark', '--spark', url]
      const args = ['run', '--project', project, '--var', `data=${data}`, '--lake', lake, ...engine]
      return (await reported<{ readonly tables: readonly ReportedTable[] }>(args, folder)).tables
    }

    test.each(lines)(
      'Spark %s gives what Python computes, and DuckDB goes on from it',
      async (line) => {
        const { url } = await startSparkConnect(line)
        const [data, lake] = [join(folder, `data-${line}`), join(folder, `lake-${line}`)]
        const days = (await readdir(retailData)).toSorted()
        expect(days.length).toBeGreaterThan(2)
        for (const [i, part] of [days.slice(0, -2), days.slice(-2, -1), days.slice(-1)].entries()) {
          for (const day of part) await cp(join(retailData, day), join(data, day))
          const found = await run(data, lake, i === 1 ? undefined : url)
          expect(found.map((t) => [t.table, t.outcome]).toSorted()).toEqual(
            tables.map((t) => [t, 'published']).toSorted(),
          )
        }
        await expectEqual(lake, await referenceOf(data))
      },
      10 * minutes,
    )
  },
)
