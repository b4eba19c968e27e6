import path from 'node:path'
import type { LakeFile } from '../engine/contract.ts'
import type { DeliveredRows } from './contract.ts'

/** The folders of the files that a delivery reads. */
export const folderList = (rows: DeliveredRows): readonly string[] => [
  ...new Set(filesRead(rows).map((f) => path.dirname(f.path))),
]

/** All files that a delivery reads. */
export const filesRead = ({ files, changed }: DeliveredRows): readonly LakeFile[] =>
  changed === undefined ? files : [...files, ...changed.before, ...changed.after]
