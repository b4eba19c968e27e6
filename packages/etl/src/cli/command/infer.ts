import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { EtlError } from '../../base/errors.ts'
import { inferFile } from '../../connector/infer.ts'
import type { Inference } from '../../connector/inference.ts'
import { isS3 } from '../../store/address.ts'
import { openS3 } from '../../store/s3/index.ts'
import { printJson } from '../output.ts'
import { paint } from '../paint.ts'

async function infer(file: string): Promise<Inference> {
  if (file.startsWith('mysql:')) return (await import('../../connector/mysql/infer.ts')).inferMysql(file)
  if (isS3(file)) {
    await using objects = openS3()
    return await (await import('../../connector/infer-object.ts')).inferObject(file, objects)
  }
  if (!existsSync(file)) throw new EtlError('cli.usage', `there is no file ${file}`)
  return inferFile(file)
}

export function define(program: Command): void {
  program
    .command('infer')
    .summary('Propose a table declaration for a file or a table of MySQL.')
    .description(
      'Look at the head and tail of a CSV, JSON, Parquet or log file and print a table declaration to paste. Ambiguous dates and codes with leading zeros stay text and are named as warnings; nothing inferred is ever used in a run by itself. Of a table of MySQL or MariaDB its columns, exact types and key are told.',
    )
    .argument(
      '<file>',
      'the file to look at, or s3://bucket/key; .gz and .zst are read; or mysql://user@host:3306/database/table?password=env:NAME',
    )
    .option('--json', 'print one JSON document on stdout')
    .addHelpText(
      'after',
      "\nExamples:\n  $ securecart infer data/orders/2024-01.csv\n  $ securecart infer data/orders/2024-01.csv >> pipelines/orders.ts\n  $ securecart infer 'mysql://etl@db.example.com/shop/orders?password=env:SHOP_DB_PASSWORD'\n",
    )
    .action(async (file: string, options: { json?: boolean }) => {
      const found = await infer(file)
      if (options.json === true) return printJson(found)
      process.stdout.write(`${found.declaration}\n`)
      for (const warning of found.warnings) process.stderr.write(`${paint.yellow('warning')} ${warning}\n`)
    })
}
