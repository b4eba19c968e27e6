import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { cloudFront, logSamples } from '../connector/log-samples.ts'
import { command, openWorkplace, securecart } from './securecart.ts'

const tsc = path.resolve(import.meta.dirname, '../../node_modules/.bin/tsc')

const files: readonly (readonly [string, string | Buffer, number])[] = [
  [
    'semicolons.csv',
    '\uFEFFBestell-Nr;Betrag;wann;"mit "" Zeichen"\n1;12.50;2024-01-02 10:00:00;x\n2;3.00;2024-01-03 11:30:00;"a;b"\n',
    2,
  ],
  ['codes.csv.gz', gzipSync('code,2nd,class,ok\n007,1,a,true\n010,2,b,false\n'), 2],
  ['events.ndjson', '{"id":1,"at":"2024-01-02T03:04:05Z","tags":["a"],"who":{"name":"x","age":3}}\n', 1],
  ['array.json', '[{"a":1.5,"b":null},{"a":2,"b":"x"}]', 2],
  [
    'access.log',
    '127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a?b=1 HTTP/1.0" 200 2326 "-" "Mozilla/4.08"\n',
    1,
  ],
  ...['log4j', 'apache-error', 'compose'].map((name): readonly [string, string, number] => {
    const sample = logSamples.find((l) => l.name === name)
    return [`${name}.log`, `${sample?.lines.join('\n')}\n`, sample?.rows ?? 0]
  }),
  ['cloudfront.gz', gzipSync(`${cloudFront.join('\n')}\n`), 2],
]

test('what infer prints type-checks and runs as it is', async () => {
  await using at = await openWorkplace()
  const inFolder = (...names: string[]): string => path.join(at.folder, ...names)
  await mkdir(inFolder('pipelines'))
  await mkdir(inFolder('data'))
  for (const [index, [name, content]] of files.entries()) {
    await writeFile(inFolder('data', name), content)
    const { code, stdout, stderr } = await securecart(['infer', `data/${name}`], { cwd: at.folder })
    expect(`${code} ${code === 0 ? '' : stderr}`).toBe('0 ')
    await writeFile(inFolder('pipelines', `t${index}.ts`), stdout)
  }
  const imports = files.map((_, i) => `import * as t${i} from './pipelines/t${i}.ts'`).join('\n')
  const pipelines = files.map((_, i) => `t${i}`).join(', ')
  await writeFile(
    inFolder('securecart.config.ts'),
    `import { defineConfig } from '@securecart/etl'\n${imports}\nexport default defineConfig({ lake: 'lake', pipelines: [${pipelines}] })\n`,
  )
  await writeFile(inFolder('package.json'), '{ "type": "module" }')
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024']
  const lib = ['--lib', 'es2024,esnext.disposable,esnext.iterator,dom', '--allowImportingTsExtensions']
  const typed = await command(tsc, [...options, ...lib, 'securecart.config.ts'], { cwd: at.folder })
  expect(typed.stdout).toBe('')
  expect(typed.code).toBe(0)
  const { code, stdout, stderr } = await securecart(['run', '--json'], { cwd: at.folder })
  expect(`${code} ${code === 0 ? '' : stderr}`).toBe('0 ')
  const report = JSON.parse(stdout) as { tables: { counts: { written: number } }[] }
  expect(report.tables.map((t) => t.counts.written)).toEqual(files.map(([, , rows]) => rows))
})
