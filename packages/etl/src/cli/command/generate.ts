import path from 'node:path'
import type { Command } from 'commander'
import { EtlError } from '../../base/errors.ts'
import { generateShop } from '../../generate/index.ts'
import { number, printJson, seconds } from '../output.ts'

interface GenerateOptions {
  readonly orders: string
  readonly seed: string
  readonly out: string
  readonly json?: boolean
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
    .option('--json', 'print one JSON document on stdout')
    .addHelpText('after', '\nExamples:\n  $ securecart generate shop --orders 100000 --seed 7 --out data\n')
    .action(async (what: string, options: GenerateOptions) => {
      if (what !== 'shop')
        throw new EtlError('config.invalid', `there is nothing called "${what}" to generate`, {
          hint: 'Write: securecart generate shop',
        })
      const orders = Number(options.orders)
      if (!Number.isInteger(orders) || orders < 1)
        throw new EtlError(
          'config.invalid',
          `--orders takes a whole number above zero, not "${options.orders}"`,
        )
      const started = performance.now()
      const folder = path.resolve(options.out)
      await generateShop({ folder, orders, seed: options.seed })
      const durationMs = performance.now() - started
      if (options.json === true) return printJson({ folder, orders, seed: options.seed, durationMs })
      process.stderr.write(`${number(orders)} orders in ${folder} (${seconds(durationMs)})\n`)
    })
}
