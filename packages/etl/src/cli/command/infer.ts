import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { EtlError } from '../../base/errors.ts'
import { inferFile } from '../../connector/infer.ts'
import { printJson } from '../output.ts'
import { paint } from '../paint.ts'

export function define(program: Command): void {
  program
    .command('infer')
    .summary('Propose a table declaration for a file.')
    .description(
      'Look at the head and tail of a CSV, JSON, Parquet or log file and print a table declaration to paste. Ambiguous dates and codes with leading zeros stay text and are named as warnings; nothing inferred is ever used in a run by itself.',
    )
    .argument('<file>', 'the file to look at; .gz and .zst are read')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  $ securecart infer data/orders/2024-01.csv\n  $ securecart infer data/orders/2024-01.csv >> pipelines/orders.ts\n',
    )
    .action(async (file: string, options: { json?: boolean }) => {
      if (!existsSync(file)) throw new EtlError('cli.usage', `there is no file ${file}`)
      const found = await inferFile(file)
      if (options.json === true) return printJson(found)
      process.stdout.write(`${found.declaration}\n`)
      for (const warning of found.warnings) process.stderr.write(`${paint.yellow('warning')} ${warning}\n`)
    })
}
