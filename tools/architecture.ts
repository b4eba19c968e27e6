import { readFileSync } from 'node:fs'
import path from 'node:path'
import { layers } from './layers.ts'

export const architecturePage = path.resolve(import.meta.dirname, '..', 'docs', 'architecture.md')

/** The layer table as Markdown, as it stands in the architecture page. */
export function layerTable(): string {
  const rows = Object.entries(layers).map(
    ([name, allowed]) =>
      `| \`${name}/\` | ${allowed.length === 0 ? 'nothing' : allowed.map((a) => `\`${a}\``).join(', ')} |`,
  )
  return ['| folder | may import |', '|---|---|', ...rows].join('\n')
}

/** The folders that the architecture page names in its tree. */
export function foldersNamed(): readonly string[] {
  const page = readFileSync(architecturePage, 'utf8')
  const tree = /```text\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  return tree
    .split('\n')
    .map((line) => /^ {2}([a-z-]+)\/ /.exec(line)?.[1])
    .filter((name) => name !== undefined)
}
