import { EtlError } from '../base/errors.ts'
import type { ScanBinding } from '../engine/contract.ts'
import { scansOf } from '../plan/node.ts'
import type { Decision } from './decide.ts'

/** Binds every scan of the plan to the files the decision chose. */
export function bindings(decision: Decision): Map<string, ScanBinding> {
  const bound = new Map<string, ScanBinding>()
  for (const scan of scansOf(decision.table.plan)) {
    const upstream = decision.upstream.get(scan.input)
    if (scan.input === decision.table.declaration.name && decision.source !== undefined) {
      bound.set(scan.input, { kind: 'files', scan: decision.source.scan })
    } else if (upstream === undefined) {
      throw new EtlError(
        'run.upstream-missing',
        `${decision.table.declaration.name} reads ${scan.input}, which has not been built`,
        {
          hint: `Run ${scan.input} first, or run without naming tables.`,
        },
      )
    } else {
      bound.set(scan.input, {
        kind: 'lake',
        files: decision.reads.get(scan.input) ?? [],
        schema: upstream.schema,
      })
    }
  }
  return bound
}
