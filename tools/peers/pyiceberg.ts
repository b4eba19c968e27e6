import { pythonWith } from './python.ts'

/** The versions that the lake is judged by; SQLAlchemy and PyArrow are what PyIceberg's extras bring. */
export const pyIcebergPackages: readonly string[] = [
  'pyiceberg[sql-sqlite,pyarrow]==0.12.0',
  'pyarrow==26.0.1',
  'SQLAlchemy==2.1.9',
]

/** Installs PyIceberg when it is missing and returns the Python that has it. */
export function installPyIceberg(): Promise<string> {
  return pythonWith('pyiceberg', pyIcebergPackages)
}
