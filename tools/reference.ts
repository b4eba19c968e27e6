import { cliReference } from './cli-reference.ts'
import { connectorReference } from './connector-reference.ts'
import { errorReference } from './error-reference.ts'
import { stepReference, stepReferencePath } from './step-reference.ts'

/** A generated page: its path from the root of the repository, and what makes its text. */
export interface ReferencePage {
  readonly path: string
  readonly text: () => string | Promise<string>
}

/** The pages that need nothing but the declarations; the functions' page also shows what databases answered. */
export const referencePages: readonly ReferencePage[] = [
  { path: 'docs/reference/cli.md', text: cliReference },
  { path: 'docs/reference/connectors.md', text: connectorReference },
  { path: 'docs/reference/errors.md', text: errorReference },
  { path: stepReferencePath, text: stepReference },
]
