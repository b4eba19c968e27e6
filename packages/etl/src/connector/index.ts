import { fileConnectors } from './file-connectors.ts'
import type { ConnectorInfo } from './info.ts'
import { remoteConnectors } from './remote-connectors.ts'

/** Every connector, in the order of the reference pages. */
export const connectors: readonly ConnectorInfo[] = [...fileConnectors, ...remoteConnectors]
