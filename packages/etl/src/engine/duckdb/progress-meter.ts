import { type Node, walkNode } from '../../plan/node.ts'
import type { MaterialiseRequest } from '../contract.ts'

/** The part of the room left that the last expected statement takes: unexpected ones must still fit behind it. */
const lastPart = 0.95
/** A fall by fewer per cent is no new statement. */
const slackPercent = 1

/**
 * Joins the percentages of statements that run one after the other into one share from 0 to 1, which never falls.
 * `expected` is how many there will be; more of them each take half of what is left.
 */
export function progressMeter(expected: number): (percent: number) => number {
  let finished = 0
  let base = 0
  let last = 0
  let shown = 0
  const room = (): number => {
    const left = expected - finished
    if (left > 1) return (1 - base) / left
    return (1 - base) * (left === 1 ? lastPart : 0.5)
  }
  return (percent) => {
    if (percent < last - slackPercent) {
      base += room()
      finished += 1
    }
    last = percent
    shown = Math.max(shown, base + room() * Math.min(1, Math.max(0, percent / 100)))
    return shown
  }
}

/** Nodes through which a source is read and written in one pass. */
const onePass = new Set<Node['kind']>(['scan', 'project', 'expect', 'bucket'])
/** Nodes whose rows are gone through before the result is written. */
const ownPass = new Set<Node['kind']>(['dedupe', 'aggregate', 'pivot'])

/** How many long statements a plan takes: sources put down first, searches for duplicates, groups, and the write. */
export function expectedStatements({ plan, inputs }: Pick<MaterialiseRequest, 'plan' | 'inputs'>): number {
  let statements = 1
  let isOnePass = true
  let sources = 0
  walkNode(plan, (node) => {
    isOnePass &&= onePass.has(node.kind)
    if (ownPass.has(node.kind)) statements += 1
    if (node.kind === 'scan' && inputs.get(node.input)?.kind === 'files') sources += 1
  })
  return isOnePass ? statements : statements + sources
}
