import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { lintConfig } from './lint-config.ts'

const root = path.resolve(import.meta.dirname, '..')

/**
 * Lints the repository with rules generated from the layer table. Before that it plants a forbidden import and a cycle
 * and requires that both are found: a gate that sees nothing must not pass.
 */
function main(): number {
  // Beside the sources, because its globs are relative to it; editors read it there too.
  const config = path.join(root, '.oxlintrc.json')
  const planted = [
    'packages/etl/src/base/planted-fault.ts',
    'packages/etl/src/plan/planted-fault.ts',
  ] as const
  try {
    writeFileSync(config, `${JSON.stringify(lintConfig(), null, 2)}\n`)
    writeFileSync(
      path.join(root, planted[0]),
      `import { other } from '../plan/planted-fault.ts'\nexport const own: string = other\n`,
    )
    writeFileSync(
      path.join(root, planted[1]),
      `import { own } from '../base/planted-fault.ts'\nexport const other: string = own\n`,
    )
    const fault = lint(config, [...planted])
    for (const rule of ['no-restricted-imports', 'no-cycle']) {
      if (!fault.output.includes(rule)) {
        console.error(`lint: the planted fault was not found by ${rule}\n${fault.output}`)
        return 1
      }
    }
  } finally {
    for (const file of planted) rmSync(path.join(root, file), { force: true })
  }
  const result = lint(config, ['packages', 'conformance', 'bench', 'tools', 'examples'])
  process.stdout.write(result.output)
  const files = Number(/on (\d+) files/.exec(result.output)?.[1] ?? 0)
  if (files < countSources()) {
    console.error(`lint: looked at ${files} files, expected at least ${countSources()}`)
    return 1
  }
  return result.status
}

function lint(
  config: string,
  targets: readonly string[],
): { readonly status: number; readonly output: string } {
  const run = spawnSync(
    'npx',
    ['--no-install', 'oxlint', '--config', config, '--import-plugin', '--deny-warnings', ...targets],
    {
      cwd: root,
      encoding: 'utf8',
    },
  )
  return { status: run.status ?? 1, output: run.stdout + run.stderr }
}

function countSources(): number {
  const sources = path.join(root, 'packages', 'etl', 'src')
  return readdirSync(sources, { recursive: true }).filter((f) => String(f).endsWith('.ts')).length
}

process.exitCode = main()
