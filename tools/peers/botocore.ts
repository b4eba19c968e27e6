import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { runCommand } from './command.ts'
import { pythonWith } from './python.ts'

/** A shape of a service's model. */
export interface ApiShape {
  readonly type: string
  readonly required?: readonly string[]
  readonly members?: Readonly<Record<string, { readonly shape: string; readonly location?: string }>>
  readonly member?: { readonly shape: string }
  readonly key?: { readonly shape: string }
  readonly value?: { readonly shape: string }
  readonly enum?: readonly string[]
  readonly pattern?: string
  readonly min?: number
  readonly max?: number
  readonly union?: boolean
}

/** What AWS says of a service's interface. */
export interface ApiModel {
  readonly operations: Readonly<
    Record<
      string,
      { readonly input?: { readonly shape: string }; readonly output?: { readonly shape: string } }
    >
  >
  readonly shapes: Readonly<Record<string, ApiShape>>
}

/** Reads the model of a service, such as `glue/2017-03-31`, from botocore. Needs PyPI on the first call. */
export async function apiModel(service: string): Promise<ApiModel> {
  const python = await pythonWith('botocore', ['botocore==1.44.5'])
  const folder = await runCommand(python, ['-c', 'import botocore; print(botocore.__path__[0])'])
  const packed = await readFile(`${folder.trim()}/data/${service}/service-2.json.gz`)
  return JSON.parse(gunzipSync(packed).toString('utf8')) as ApiModel
}
