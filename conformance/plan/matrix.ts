import { type Node, walkNode } from '../../packages/etl/src/plan/node.ts'
import { groupOf } from './cases/examples.ts'
import type { CaseVerdict } from './suite.ts'

/** The page that the matrix is written to, relative to the root of the repository. */
export const matrixPath = 'docs/reference/plans.md'

/** The peers of the page, in the order of its columns; a line of Spark by its first two numbers. */
const shownPeers = ['DuckDB', 'PostgreSQL', 'Spark 3.5', 'Spark 4.1'] as const

const kinds = [
  'scan',
  'filter',
  'project',
  'expect',
  'join',
  'aggregate',
  'window',
  'union',
  'sort',
  'limit',
  'unnest',
  'pivot',
  'unpivot',
  'apply',
  'dedupe',
  'sessionize',
  'bucket',
  'sql',
] as const satisfies readonly Node['kind'][]

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

/** The reasons of refusals without what differs from plan to plan. */
function reasons(verdicts: readonly CaseVerdict[]): string[] {
  const lines = verdicts
    .filter((v) => v.status === 'refused')
    .flatMap((v) => v.detail.split('\n'))
    .map((line) => line.replace(/^\w+ refuses /, '').replace(/ at \d+:\d+$/, ''))
  return [...new Set(lines)].toSorted()
}

function status(verdicts: readonly CaseVerdict[], own: (reason: string) => boolean): string {
  const count = (...wanted: CaseVerdict['status'][]): number =>
    verdicts.filter((v) => wanted.includes(v.status)).length
  const equal = count('equal', 'fails')
  const why = reasons(verdicts).filter(own)
  const parts = [
    equal > 0 ? `✓ ${equal}` : '',
    count('wrong') > 0 ? `${count('wrong')} wrong` : '',
    why.length === 0 ? '' : `refused: ${why.join('; ')}`,
    equal === 0 && count('unprinted') > 0 ? 'in this process' : '',
  ].filter((part) => part !== '')
  return parts.length === 0 ? '–' : cell(parts.join('; '))
}

const kindsOf = (node: Node): ReadonlySet<Node['kind']> => {
  const found = new Set<Node['kind']>()
  walkNode(node, (n) => found.add(n.kind))
  return found
}

const byPeer = (verdicts: readonly CaseVerdict[]): readonly (readonly CaseVerdict[])[] =>
  shownPeers.map((name) => verdicts.filter((v) => v.peer.startsWith(name)))

const table = (head: string, rows: readonly string[]): string =>
  [`| ${head} | ${shownPeers.join(' | ')} |`, `|---|${'---|'.repeat(shownPeers.length)}`, ...rows].join('\n')

/** Writes the page: what of the steps and nodes each database ran alike, and what it refuses and why. */
export function planMatrix(
  steps: readonly string[],
  verdicts: readonly CaseVerdict[],
  traps: readonly { readonly trap: string; readonly met: string; readonly case: CaseVerdict['case'] }[],
): string {
  const all = byPeer(verdicts)
  const plans = new Set(verdicts.map((v) => v.case)).size
  const stepRows = steps.map((step) => {
    const cells = all.map((of) =>
      status(
        of.filter((v) => v.case.group === groupOf(step)),
        () => true,
      ),
    )
    return `| ${step} | ${cells.join(' | ')} |`
  })
  const nodeRows = kinds.map((kind) => {
    const using = all.map((of) => of.filter((v) => v.node !== undefined && kindsOf(v.node).has(kind)))
    const own = (reason: string): boolean =>
      reason.startsWith(`${kind}: `) || (kind === 'scan' && reason.startsWith('"'))
    const cells = using.map((of) => status(of, kind === 'sql' ? () => false : own))
    const refusedAll = 'refused: DuckDB’s own SQL, for the reason that the check tells'
    return `| ${kind} | ${cells.map((c) => (kind === 'sql' && c === '–' ? refusedAll : c)).join(' | ')} |`
  })
  const trapRows = traps.map(({ trap, met, case: one }) => {
    const found = verdicts.filter((v) => v.case === one && v.status !== 'wrong')
    const why = found.find((v) => v.status === 'rejected')?.detail ?? reasons(found).join('; ')
    return `| ${cell(trap)} | ${met} | ${cell(why.replace(/ \(line \d+, column \d+ of the query\)/, ''))} |`
  })
  return `<!-- Written by tools/plan-reference.ts; do not edit. -->

# Plans on each engine

${plans} plans over small hostile tables were put to DuckDB, to a real PostgreSQL and to Spark of both supported lines. A number beside ✓ says
how many gave equal rows (or failed by their data, where they must). What an engine cannot do with the same meaning it refuses before
anything runs; functions have a [page of their own](functions.md).

## Steps

By their documented examples.

${table('step', stepRows)}

## Nodes of the plan

By all plans that hold the node; a refusal that lies in a function is not counted here.

${table('node', nodeRows)}

## Known traps

Where the same words mean different things to engines, and what happens: they are printed so that they mean one thing, or refused.

| trap | met | refused because |
|---|---|---|
${trapRows.join('\n')}
`
}
