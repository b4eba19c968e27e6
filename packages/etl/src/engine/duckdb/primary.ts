import { type Node, scansOf } from '../../plan/node.ts'

/** The leftmost scan of a plan: the input whose rows are booked first. */
export const primaryScan = (plan: Node): string => scansOf(plan)[0]?.input ?? ''
