import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { S3Error } from './error.ts'

/** A request as S3 understands it: path style, `/bucket/key?parameters`. */
export interface Call {
  readonly operation: string
  readonly bucket: string
  readonly key: string
  readonly parameters: ReadonlyMap<string, string>
  readonly headers: IncomingHttpHeaders
}

const decode = (text: string): string => decodeURIComponent(text.replaceAll('+', '%20'))

export function readCall(request: IncomingMessage): Call {
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2)
  const [, bucket = '', ...rest] = path.split('/')
  const parameters = new Map(
    query
      .split('&')
      .filter((p) => p !== '')
      .map((p) => {
        const [name = '', value = ''] = p.split('=', 2)
        return [decode(name), decode(value)] as const
      }),
  )
  const key = decode(rest.join('/'))
  if (Buffer.byteLength(key) > 1024) throw new S3Error('KeyTooLongError')
  const operation = operationOf(request.method ?? '', key !== '', parameters)
  return { operation, bucket: decode(bucket), key, parameters, headers: request.headers }
}

function operationOf(method: string, hasKey: boolean, parameters: ReadonlyMap<string, string>): string {
  const upload = parameters.has('uploadId')
  const known: Readonly<Record<string, string | undefined>> = hasKey
    ? {
        GET: upload ? 'ListParts' : 'GetObject',
        HEAD: 'HeadObject',
        PUT: upload ? 'UploadPart' : 'PutObject',
        DELETE: upload ? 'AbortMultipartUpload' : 'DeleteObject',
        POST: upload
          ? 'CompleteMultipartUpload'
          : parameters.has('uploads')
            ? 'CreateMultipartUpload'
            : undefined,
      }
    : {
        GET: parameters.has('uploads')
          ? 'ListMultipartUploads'
          : parameters.get('list-type') === '2'
            ? 'ListObjectsV2'
            : undefined,
        HEAD: 'HeadBucket',
        PUT: 'CreateBucket',
        POST: parameters.has('delete') ? 'DeleteObjects' : undefined,
      }
  const operation = known[method]
  if (operation === undefined) throw new S3Error('MethodNotAllowed', `${method} with these parameters`)
  return operation
}
