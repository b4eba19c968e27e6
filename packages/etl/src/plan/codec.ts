import { EtlError } from '../base/errors.ts'
import { canonicalJson, fingerprint } from '../base/json.ts'
import type { Node } from './node.ts'

/** The version of the serialised form; raised when a reader of the old form could misread the new. */
export const planVersion = 1

/** A serialised plan: version and root node. */
export interface EncodedPlan {
  readonly version: number
  readonly root: Node
}

/** Serialises a plan to canonical JSON: equal plans give equal text. */
export function encodePlan(root: Node): string {
  return canonicalJson({ version: planVersion, root } satisfies EncodedPlan)
}

/** Reads a serialised plan. Fails with `plan.codec` on other versions or anything that is not a plan. */
export function decodePlan(textOfPlan: string): Node {
  let parsed: Partial<EncodedPlan>
  try {
    parsed = JSON.parse(textOfPlan) as Partial<EncodedPlan>
  } catch (cause) {
    throw new EtlError('plan.codec', 'the serialised plan is not JSON', { cause })
  }
  if (parsed.version !== planVersion || parsed.root === undefined) {
    throw new EtlError(
      'plan.codec',
      `the serialised plan has version ${String(parsed.version)}, expected ${planVersion}`,
    )
  }
  return parsed.root
}

/** Identifies a plan's meaning: 64 hexadecimal digits over its canonical JSON. */
export function planFingerprint(root: Node): string {
  return fingerprint({ version: planVersion, root })
}
