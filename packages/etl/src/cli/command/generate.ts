import path from 'node:path'
import type { Command } from 'commander'
import { EtlError } from '../../base/errors.ts'
import { generateShop } from '../../generate/index.ts'
import { stopOnInterrupt } from '../interrupt.ts'
import { wholeNumber } from '../option.ts'
import { number, printJson, seconds } from '../output.ts'
import { showOne } from '../single-progress.ts'

interface GenerateOptions {
  readonly orders: string
  readonly seed: string
  readonly out: string
  readonly part?: string
  readonly json?: boolean
}

/** Reads `--part k/n`. */
function partOf(text: string): { readonly index: number; readonly of: number } {
  const match = /^(\d+)\/(\d+)$/.exec(text)
  if (match === null) throw new EtlError('cli.usage', `--part takes k/n such as 1/4, not "${text}"`)
  return { index: Number(match[1]), of: Number(match[2]) }
}

export function define(program: Command): void {
  program
    .command('generate')
    .summary("Make the shop's raw data, with the expected answers.")
    .description(
      'Make the raw files of the SecureCart shop at any scale from a seed (orders, items, customers, products, inventory, logs, clickstream, dimensions, with the dirt of the real world), and the expected answers beside them. One order gives about three items and ten clicks.',
    )
    .argument('[what]', 'what to make', 'shop')
    .option('--orders <n>', 'number of orders', '10000')
    .option('--seed <n>', 'the same seed gives the same bytes', '1')
    .option('--out <dir>', 'folder to write into', 'data')
    .option('--part <k/n>', 'only delivery k of n; the expected answers come with the last')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  $ securecart generate shop --orders 1000 --seed 7 --out data\n  $ securecart generate shop --orders 1000 --part 1/4 --out data\n',
    )
    .action(async (what: string, options: GenerateOptions) => {
      if (what !== 'shop')
        throw new EtlError('cli.usage', `there is nothing called "${what}" to generate`, {
          hint: 'Write: securecart generate shop',
        })
      const orders = wholeNumber('--orders', options.orders, 1)
      const part = options.part === undefined ? undefined : partOf(options.part)
      const started = performance.now()
      const folder = path.resolve(options.out)
      using stop = stopOnInterrupt()
      {
        using show = await showOne()
        await generateShop({
          folder,
          orders,
          seed: options.seed,
          signal: stop.signal,
          onProgress: ({ file, done, total }) => show(done / total, `${done} of ${total} files, ${file}`),
          ...(part === undefined ? {} : { part }),
        })
      }
      const durationMs = performance.now() - started
      if (options.json === true) {
        return printJson({ folder, orders, seed: options.seed, ...(part ? { part } : {}), durationMs })
      }
      process.stderr.write(`${number(orders)} orders in ${folder} (${seconds(durationMs)})\n`)
    })
}
