import path from 'node:path'
import type { DeliveredRows } from './contract.ts'

/** The folders of the files that a delivery reads. */
export const folderList = ({ files, changed = [] }: DeliveredRows): readonly string[] => [
  ...new Set([...files, ...changed].map((f) => path.dirname(f.path))),
]
